/* Incident keys are made of facts alone, and owners say who is told. */
#include "notify/incident.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/labels.h"
#include "support/cmocka_headers.h"

#define EPISODE_MS 1795221060000

static void print_key(const char *subject, const struct labels *labels, struct buf *out)
{
    buf_clear(out);
    incident_key_print(text_of(subject), labels, CLASS_PAGE, EPISODE_MS, out);
    assert_true(out->len <= 255);
    assert_true(text_utf8_valid(buf_text(out)));
}

static void a_key_names_subject_labels_class_and_episode(void **state)
{
    (void)state;
    struct label_table *table = label_table_new(NULL);
    struct buf key;
    buf_init(&key, 1000);
    print_key("prod/api/availability", labels_of(table, "tenant", "acme", "az", "1", NULL), &key);
    assert_string_equal(buf_cstring(&key),
                        "prod/api/availability{az=\"1\", tenant=\"acme\"}/page/2026-11-21T00:31:00Z");
    print_key("prod/api/availability", labels_empty(table), &key);
    assert_string_equal(buf_cstring(&key), "prod/api/availability/page/2026-11-21T00:31:00Z");
    print_key("prod/api/availability", NULL, &key);
    assert_string_equal(buf_cstring(&key), "prod/api/availability/page/2026-11-21T00:31:00Z");
    buf_finish(&key);
    label_table_free(table);
}

static void long_labels_become_a_digest_that_still_tells_them_apart(void **state)
{
    (void)state;
    enum { LONG = 600 };
    struct label_table *table = label_table_new(NULL);
    struct buf first, second;
    char value[LONG + 1];
    buf_init(&first, 1000);
    buf_init(&second, 1000);
    /* the cut falls at each place of a three-byte character in turn */
    for (size_t shift = 0; shift < 3; shift++) {
        memset(value, 'x', sizeof value - 1);
        value[LONG] = '\0';
        for (size_t i = shift; i + 3 <= LONG - 3; i += 3)
            memcpy(value + i, "한", 3);
        print_key("prod/api/availability", labels_of(table, "tenant", value, NULL), &first);
        value[LONG - 1] = 'y';
        print_key("prod/api/availability", labels_of(table, "tenant", value, NULL), &second);
        assert_string_not_equal(buf_cstring(&first), buf_cstring(&second));
    }
    buf_finish(&first);
    buf_finish(&second);
    label_table_free(table);
}

static struct text pagers[] = {TEXT("pager"), TEXT("chat")};
static struct text chats[] = {TEXT("chat")};

static void expect_route(const struct owners *owners, const char *owner, enum incident_class class, size_t n,
                         const char *reason)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct route_decision decision = route_decide(owners, text_of(owner), class, &arena);
    assert_int_equal(decision.n_receivers, n);
    assert_true(text_is(decision.reason, reason));
    arena_finish(&arena);
}

static void owners_say_who_is_told_and_the_reason_is_kept(void **state)
{
    (void)state;
    const struct owner at[] = {{TEXT("team"), pagers, 2, chats, 1}, {TEXT("quiet"), pagers, 2, NULL, 0}};
    const struct owner all[] = {{TEXT("default"), pagers, 1, chats, 1}};
    struct owners owners = {at, 2, NULL};
    expect_route(&owners, "team", CLASS_PAGE, 2, "owner team: page");
    expect_route(&owners, "team", CLASS_TICKET, 1, "owner team: ticket");
    expect_route(&owners, "quiet", CLASS_TICKET, 0, "owner quiet: ticket has no receivers");
    expect_route(&owners, "nobody", CLASS_PAGE, 0, "no owner \"nobody\" and no default owner");
    owners.fallback = all;
    expect_route(&owners, "nobody", CLASS_PAGE, 1, "unknown owner, default default: page");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_names_subject_labels_class_and_episode),
        cmocka_unit_test(long_labels_become_a_digest_that_still_tells_them_apart),
        cmocka_unit_test(owners_say_who_is_told_and_the_reason_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
