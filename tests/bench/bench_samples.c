// rooms: source
/* What reading an answer costs: our scanner beside a tree of the JSON library, on one answer of 100 series ×
 * 1 day at 30 s with millisecond times. CPU time, median of some rounds. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/number.h"
#include "source/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SERIES = 100, SAMPLES = 2880, ROUNDS = 9, BODY_BYTES_MAX = 64 << 20 };

static void make_answer(struct buf *out, bool ratios)
{
    uint64_t random = 88172645463325252ULL;
    buf_puts(out, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
    for (int s = 0; s < SERIES; s++) {
        buf_printf(out,
                   "%s{\"metric\":{\"__name__\":\"http_requests_total\",\"code\":\"200\",\"instance\":\"10.0."
                   "0.%d:80\","
                   "\"job\":\"api\"},\"values\":[",
                   s > 0 ? "," : "", s);
        double count = 0;
        for (int i = 0; i < SAMPLES; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            count += (double)(random % 1000);
            buf_printf(out, "%s[%lld.%03d,\"", i > 0 ? "," : "", 1700000000LL + 30LL * i,
                       (int)(random % 999 + 1));
            number_print_sample(ratios ? (double)random / 1.8446744073709552e19 : count, out);
            buf_puts(out, "\"]");
        }
        buf_puts(out, "]}");
    }
    buf_puts(out, "]}}");
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool with_scanner(struct text body)
{
    struct label_table *table = label_table_new(NULL);
    struct arena arena;
    struct samples_answer answer;
    struct err err;
    arena_init(&arena, 0);
    bool good = samples_scan(body, 0, table, &arena, &answer, &err) && answer.n_samples == SERIES * SAMPLES;
    arena_finish(&arena);
    label_table_free(table);
    return good;
}

static bool with_tree(struct text body)
{
    struct err err;
    struct json *json = json_parse(body, &err);
    const struct json *result = json_get(json_get(json, "data"), "result");
    double sum = 0;
    for (const struct json *series = json_first(result); series; series = json_next(series)) {
        for (const struct json *pair = json_first(json_get(series, "values")); pair; pair = json_next(pair)) {
            double value = 0;
            if (number_parse(text_of(json_string(json_item(pair, 1), "")), &value))
                sum += json_number(json_item(pair, 0), 0) + value;
        }
    }
    json_free(json);
    return sum > 0;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool measure(const char *name, struct text body, bool (*read)(struct text body))
{
    double ns[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double before = cpu_ns();
        if (!read(body)) {
            fprintf(stderr, "%s: the answer was not read\n", name);
            return false;
        }
        ns[i] = (cpu_ns() - before) / (SERIES * SAMPLES);
    }
    qsort(ns, ROUNDS, sizeof *ns, compare_doubles);
    printf("%-28s %7.1f ns a sample (%.1f to %.1f)\n", name, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
    return true;
}

int main(void)
{
    bool good = true;
    for (int ratios = 0; ratios < 2 && good; ratios++) {
        struct buf body;
        buf_init(&body, BODY_BYTES_MAX);
        make_answer(&body, ratios);
        printf("%s, %zu bytes:\n", ratios ? "ratios" : "counters", body.len);
        good = measure("  our scanner", buf_text(&body), with_scanner) &&
               measure("  the JSON library", buf_text(&body), with_tree);
        buf_finish(&body);
    }
    return good ? 0 : 1;
}
