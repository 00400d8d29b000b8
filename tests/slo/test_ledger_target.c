/* Targets that are told apart by other labels than job and instance: what is expected and seen, which `up`
 * speaks for whom, and what a change of the labels does. */
#include "slo/ledger_bench.h"

static struct bench *pods_new(struct expr *up, size_t n_up_matchers)
{
    struct bench *b = bench_new(SLO_EVENTS);
    *up = (struct expr){.kind = EXPR_SELECTOR, .u.selector.n_matchers = n_up_matchers};
    b->slo.up_expr = up;
    b->slo.target[0] = TEXT("cluster");
    b->slo.target[1] = TEXT("pod");
    b->slo.n_target = 2;
    return b;
}

/* A series of one pod, given by an exporter that speaks for many. */
static struct series *add_pod(struct bench *b, int set, const char *name, const char *pod)
{
    struct series *s = add(b, set, name, "");
    s->labels = labels_of(b->table, "__name__", name, "job", "exporter", "instance", "e", "cluster", "seoul",
                          "pod", pod, NULL);
    return s;
}

static struct series *add_up(struct bench *b, const char *job, const char *cluster)
{
    struct series *s = add(b, UP, "up", "");
    s->labels = labels_of(b->table, "__name__", "up", "job", job, "instance", "e", "cluster", cluster, NULL);
    return s;
}

static void targets_of_one_scrape_are_told_apart_by_their_own_labels(void **unused)
{
    (void)unused;
    struct expr up;
    struct bench *b = pods_new(&up, 1);
    ramp(b, add_pod(b, 0, "x_total", "one"), 0, 1200, 0, 1);
    ramp(b, add_pod(b, 0, "x_total", "two"), 0, 1200, 0, 1);
    take(b, 1200);
    assert_int_equal(b->keep.targets.len, 2);
    assert_int_equal(minute_at(b, 600).expected, 2);
    assert_int_equal(minute_at(b, 600).seen, 2);
    bench_free(b);
}

/* The exporter answers up to minute 10, then its scrapes fail. */
static void an_up_with_some_of_the_labels_speaks_for_all_targets_that_have_them(void **unused)
{
    (void)unused;
    struct expr up;
    struct bench *b = pods_new(&up, 1);
    ramp(b, add_pod(b, 0, "x_total", "one"), 0, 600, 0, 1);
    ramp(b, add_pod(b, 0, "x_total", "two"), 0, 600, 0, 1);
    struct series *s = add_up(b, "exporter", "seoul");
    ramp(b, s, 0, 600, 1, 0);
    ramp(b, s, 600, 1200, 0, 0);
    take(b, 1200);
    assert_int_equal(minute_at(b, 300).seen, 2);
    /* Silence alone would have ended the expectation after 5 minutes. */
    assert_int_equal(minute_at(b, 1080).expected, 2);
    assert_int_equal(minute_at(b, 1080).seen, 0);
    assert_true(minute_at(b, 1080).flags & MINUTE_DOWN);
    int64_t since_ms;
    assert_int_equal(ledger_health_at(b->ledger, BEGIN_MS + 1200000, &since_ms), HEALTH_DOWN);
    bench_free(b);
}

static void an_up_of_another_cluster_or_job_says_nothing(void **unused)
{
    (void)unused;
    static const char *const others[][2] = {{"exporter", "tokyo"}, {"node", "seoul"}};
    for (size_t i = 0; i < 2; i++) {
        struct expr up;
        struct bench *b = pods_new(&up, 1);
        ramp(b, add_pod(b, 0, "x_total", "one"), 0, 600, 0, 1);
        ramp(b, add_up(b, others[i][0], others[i][1]), 0, 2400, 1, 0);
        take(b, 2400);
        assert_int_equal(b->keep.targets.len, 1);
        assert_int_equal(b->keep.targets.at[0].up, -1);
        assert_true(minute_at(b, 2100).seen == 0);
        bench_free(b);
    }
}

static void an_up_with_none_of_the_labels_makes_no_target(void **unused)
{
    (void)unused;
    struct expr up;
    struct bench *b = pods_new(&up, 2);
    ramp(b, add_pod(b, 0, "x_total", "one"), 0, 600, 0, 1);
    ramp(b, add(b, UP, "up", ""), 0, 600, 1, 0);
    take(b, 600);
    assert_int_equal(b->keep.targets.len, 1);
    bench_free(b);
}

/* Each pod chooses its own replica of Prometheus. */
static void replicas_are_chosen_target_by_target(void **unused)
{
    (void)unused;
    struct expr up;
    struct bench *b = pods_new(&up, 1);
    for (int r = 0; r < 2; r++)
        for (int p = 0; p < 2; p++) {
            struct series *s = add(b, 0, "x_total", "");
            s->labels = labels_of(b->table, "__name__", "x_total", "cluster", "seoul", "pod",
                                  p ? "two" : "one", "replica", r ? "b" : "a", NULL);
            /* replica a loses pod two for good at minute 5 */
            ramp(b, s, r, !r && p ? 300 : 1200, 0, 1);
        }
    struct window_sum sum = take(b, 1200);
    assert_int_equal(b->keep.targets.len, 2);
    for (size_t i = 0; i < 2; i++) {
        bool two = text_is(labels_value(b->keep.targets.at[i].labels, TEXT("pod")), "two");
        assert_true(text_is(b->keep.targets.at[i].replica, two ? "b" : "a"));
    }
    /* 80 samples each; what the switch took is at most a silence. */
    assert_true(sum.units >= 2 * 79 - 4 && sum.units <= 2 * 79);
    bench_free(b);
}

static void a_restart_goes_on_with_the_same_targets(void **unused)
{
    (void)unused;
    struct expr up;
    struct bench *b = pods_new(&up, 1);
    struct series *one = add_pod(b, 0, "x_total", "one"), *scrape = add_up(b, "exporter", "seoul");
    ramp(b, one, 0, 1200, 0, 1);
    ramp(b, scrape, 0, 1200, 1, 0);
    take(b, 900);
    ledger_free(b->ledger);
    b->ledger = keep_restore(&b->keep, &b->slo, b->table);
    take(b, 1200);
    assert_int_equal(b->keep.targets.len, 1);
    for (int t = 120; t < 1080; t += 60) {
        assert_int_equal(minute_at(b, t).expected, 1);
        assert_int_equal(minute_at(b, t).seen, 1);
        assert_int_equal(minute_at(b, t).units, 4);
    }
    bench_free(b);
}

/* From job and instance to cluster and pod: the counters go on, the old target is not missed. */
static void other_labels_keep_what_was_counted(void **unused)
{
    (void)unused;
    struct expr up;
    struct bench *b = pods_new(&up, 1);
    b->slo.n_target = 0;
    ramp(b, add_pod(b, 0, "x_total", "one"), 0, 2400, 0, 1);
    take(b, 1200);
    assert_int_equal(b->keep.targets.len, 1);
    b->slo.n_target = 2;
    ledger_free(b->ledger);
    b->ledger = keep_restore(&b->keep, &b->slo, b->table);
    struct window_sum sum = take(b, 2400);
    assert_int_equal(sum.units, 159);
    assert_int_equal(sum.seen, sum.expected);
    for (int t = 120; t < 2280; t += 60)
        assert_int_equal(minute_at(b, t).expected, 1);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_of_one_scrape_are_told_apart_by_their_own_labels),
        cmocka_unit_test(an_up_with_some_of_the_labels_speaks_for_all_targets_that_have_them),
        cmocka_unit_test(an_up_of_another_cluster_or_job_says_nothing),
        cmocka_unit_test(an_up_with_none_of_the_labels_makes_no_target),
        cmocka_unit_test(replicas_are_chosen_target_by_target),
        cmocka_unit_test(a_restart_goes_on_with_the_same_targets),
        cmocka_unit_test(other_labels_keep_what_was_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
