// rooms: engine
/* What a cycle of the engine costs: N services with an SLO and three series each, from a source in memory
 * through counting, burn rates, budgets and statuses to the commit in a store on disk. Prints CPU, bytes
 * written, memory and the longest transaction beside what is asked for. */
#include "base/duration.h"
#include "support/service_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WARM_CYCLES = 8, CYCLES = 40, CYCLE_MS = 30000 };

#define NOW_MS     (20500 * DAY_MS + 23 * HOUR_MS)
#define HISTORY_MS (30 * HOUR_MS)

static double cpu_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A number behind `name` in a file of /proc. */
static double proc_number(const char *path, const char *name)
{
    FILE *file = fopen(path, "r");
    char line[256];
    double value = 0;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtod(line + strlen(name), NULL);
    if (file)
        (void)fclose(file);
    return value;
}

static double wall_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The longest of a hundred writes of a page and their fsync: what no transaction can do without. */
static double longest_sync_ms(const struct service_world *world)
{
    char page[4096] = {0}, path[128];
    double longest = 0;
    (void)snprintf(path, sizeof path, "%s/page", world->folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (int i = 0; fd >= 0 && i < 100; i++) {
        double begin = wall_ms();
        bool synced = pwrite(fd, page, sizeof page, (off_t)i * (off_t)sizeof page) > 0 && fsync(fd) == 0;
        double took = wall_ms() - begin;
        longest = synced && took > longest ? took : longest;
    }
    if (fd >= 0)
        close(fd);
    return longest;
}

static bool measure(size_t services)
{
    struct service_world world;
    if (!service_world_init(&world, services, "30d", NOW_MS - HISTORY_MS, NOW_MS))
        return false;
    double begin = cpu_ms();
    service_world_run(&world, world.now_ms);
    double fill = cpu_ms() - begin;
    service_world_run(&world, world.now_ms + (WARM_CYCLES - 1) * CYCLE_MS);
    double most = 0, all = 0, written = proc_number("/proc/self/io", "wchar:");
    double longest_fill = (double)store_take_longest_us(world.store) / 1000;
    for (int i = 0; i < CYCLES; i++) {
        begin = cpu_ms();
        service_world_run(&world, world.now_ms);
        double took = cpu_ms() - begin;
        all += took;
        most = took > most ? took : most;
    }
    written = proc_number("/proc/self/io", "wchar:") - written;
    printf("%zu SLOs, %zu series, a cycle of 30 s:\n", services, 3 * services);
    printf("  CPU                     %8.4f ms an SLO    (0.06), worst cycle %.4f\n",
           all / CYCLES / (double)services, most / (double)services);
    printf("  written                 %8.0f bytes an SLO\n", written / CYCLES / (double)services);
    printf("  longest transaction     %8.1f ms           (50); while filling %.1f\n",
           (double)store_take_longest_us(world.store) / 1000, longest_fill);
    printf("  memory                  %8.1f MB           (64 for 500)\n",
           proc_number("/proc/self/status", "VmRSS:") / 1024);
    printf("  filling %2lld h            %8.3f ms an SLO\n", (long long)(HISTORY_MS / HOUR_MS),
           fill / (double)services);
    (void)store_take_longest_us(world.store);
    service_world_run(&world, (NOW_MS / DAY_MS + 1) * DAY_MS - 2 * MINUTE_MS);
    (void)store_take_longest_us(world.store);
    service_world_run(&world, world.now_ms + 15 * MINUTE_MS);
    printf("  longest at midnight     %8.1f ms           (50)\n",
           (double)store_take_longest_us(world.store) / 1000);
    printf("  a page and its fsync    %8.1f ms at most, by themselves\n", longest_sync_ms(&world));
    service_world_finish(&world);
    return true;
}

int main(int argc, char **argv)
{
    (void)setenv("SLOBURN_WORLD_FOLDER", "/tmp", 0); /* on a disk, as stores are */
    if (argc > 1)
        return measure((size_t)strtoul(argv[1], NULL, 10)) ? 0 : 1;
    return measure(500) && measure(2000) ? 0 : 1;
}
