/* Starting, waiting for and ending other programs. */
#include "commands/children.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: nothing but calls that are safe after fork. */
static _Noreturn void become(const char *const words[], const char *log_path)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (log >= 0 && null >= 0) {
        dup2(null, 0);
        dup2(log, 1);
        dup2(log, 2);
    }
    execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

pid_t child_start(const char *const words[], const char *log_path, struct err *err)
{
    pid_t pid = fork();
    if (pid == 0)
        become(words, log_path);
    if (pid < 0)
        err_set(err, ERR_LIMIT, "cannot start %s: %s", words[0], strerror(errno));
    return pid;
}

bool child_run(const char *const words[], const char *log_path, struct err *err)
{
    int status = 0;
    pid_t pid = child_start(words, log_path, err);
    if (pid < 0)
        return false;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return err_set(err, ERR_USAGE, "%s is not installed", words[0]);
    return err_set(err, ERR_INPUT, "%s failed; see %s", words[0], log_path);
}

void child_stop(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGTERM);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int port_if_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        return 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool bound = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

int free_port(int preferred)
{
    int port = preferred ? port_if_free(preferred) : 0;
    return port ? port : port_if_free(0);
}
