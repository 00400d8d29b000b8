/* raw_server: a server on loopback that answers every connection with the same bytes, right or wrong, and may
 * hang before or after them. For tests of what a client does with servers that are broken. */
#ifndef SLOBURN_TESTS_NET_RAW_SERVER_H
#define SLOBURN_TESTS_NET_RAW_SERVER_H

#include "base/buf.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

struct raw_server {
    const char *bytes; /* sent after the request's first piece was read */
    size_t len;
    size_t repeat; /* how often the last `tail` bytes are sent again */
    size_t tail;
    bool hang; /* keep the connection open afterwards */
    int listener;
    int port;
    atomic_int connections;
    atomic_bool stopping;
    pthread_t thread;
    char *url;
};

static inline void raw_server_answer(struct raw_server *server, int fd)
{
    char request[4096];
    if (recv(fd, request, sizeof request, 0) > 0 && send(fd, server->bytes, server->len, MSG_NOSIGNAL) >= 0) {
        for (size_t i = 0; i < server->repeat; i++) {
            if (send(fd, server->bytes + server->len - server->tail, server->tail, MSG_NOSIGNAL) < 0)
                break;
        }
    }
    while (server->hang && !server->stopping && recv(fd, request, sizeof request, MSG_DONTWAIT) != 0)
        usleep(5000);
    close(fd);
}

static inline void *raw_server_run(void *context)
{
    struct raw_server *server = context;
    for (;;) {
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        server->connections++;
        raw_server_answer(server, fd);
    }
}

static inline void raw_server_start(struct raw_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, len) != 0 || listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0)
        memory_exhausted();
    server->port = ntohs(address.sin_port);
    struct buf url;
    buf_init(&url, 100);
    buf_printf(&url, "http://127.0.0.1:%d", server->port);
    server->url = memory_copy_text(url.at, url.len);
    buf_finish(&url);
    pthread_create(&server->thread, NULL, raw_server_run, server);
}

static inline void raw_server_stop(struct raw_server *server)
{
    server->stopping = true;
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    memory_free(server->url);
}

#endif
