/* docs/slo-files.md and docs/slo.schema.json say what the reader does: examples are read, keys are compared.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "slo/slo_file.h"
#include "slo/slo_keys.h"
#include "slo/tiers.h"
#include "support/cmocka_headers.h"

#include <stdlib.h>

enum { TEXT_MAX = 1 << 20 };

static void load(const char *path, struct buf *content)
{
    const char *root = getenv("SLOBURN_ROOT");
    struct buf whole;
    struct err err;
    buf_init(&whole, TEXT_MAX);
    buf_init(content, TEXT_MAX);
    buf_printf(&whole, "%s/%s", root ? root : ".", path);
    if (!file_read(buf_cstring(&whole), content, &err))
        fail_msg("%s", err.message);
    buf_finish(&whole);
}

static bool reads(struct text yaml)
{
    struct arena arena;
    struct findings findings;
    struct slo_list slos = {0};
    struct buf out;
    arena_init(&arena, 0);
    findings_init(&findings);
    buf_init(&out, TEXT_MAX);
    struct slo_context context = {TEXT("prod"), &arena, regex_set_new(), label_table_new(NULL),
                                  timezone_set_new()};
    bool ok = slo_file_read(yaml, "slo-files.md", &context, &slos, &findings) && findings.len == 0;
    findings_print(&findings, false, &out);
    if (!ok)
        print_error("%.*s\n%s\n", TEXT_ARG(yaml), buf_cstring(&out));
    regex_set_free(context.regexes);
    label_table_free(context.labels);
    timezone_set_free(context.zones);
    findings_finish(&findings);
    arena_finish(&arena);
    buf_finish(&out);
    return ok;
}

static size_t find(struct text t, size_t from, const char *part)
{
    struct text wanted = text_of(part);
    for (size_t i = from; i + wanted.len <= t.len; i++)
        if (memcmp(t.at + i, wanted.at, wanted.len) == 0)
            return i;
    return t.len;
}

static void every_example_of_the_manual_is_read(void **state)
{
    (void)state;
    static const char fence[] = "```yaml\n";
    struct buf manual;
    size_t examples = 0, failed = 0;
    load("docs/slo-files.md", &manual);
    struct text t = buf_text(&manual);
    for (size_t at = find(t, 0, fence); at < t.len; at = find(t, at, fence)) {
        size_t end = find(t, at + strlen(fence), "```");
        failed += !reads(text_part(t, at + strlen(fence), end));
        examples++;
        at = end;
    }
    assert_true(examples >= 10);
    assert_int_equal(failed, 0);
    buf_finish(&manual);
}

static void the_manual_names_every_key(void **state)
{
    (void)state;
    struct buf manual;
    size_t n, missing = 0;
    const struct slo_keys *const *all = slo_all_keys(&n);
    load("docs/slo-files.md", &manual);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < all[i]->n; k++) {
            struct buf key;
            buf_init(&key, TEXT_MAX);
            buf_printf(&key, "`%s`", all[i]->at[k]);
            if (find(buf_text(&manual), 0, buf_cstring(&key)) == manual.len) {
                print_error("docs/slo-files.md: no %s (%s)\n", buf_cstring(&key), all[i]->what);
                missing++;
            }
            buf_finish(&key);
        }
    assert_int_equal(missing, 0);
    buf_finish(&manual);
}

static void the_manual_has_the_default_tiers(void **state)
{
    (void)state;
    struct buf manual, row;
    struct slo slo = {.kind = SLO_EVENTS,
                      .allowance_billionths = 1000000,
                      .windows[0].length_ms = 30 * DAY_MS,
                      .n_windows = 1};
    load("docs/slo-files.md", &manual);
    buf_init(&row, TEXT_MAX);
    slo.n_tiers = slo_default_tiers(&slo, slo.tiers);
    assert_int_equal(slo.n_tiers, SLO_DEFAULT_TIERS);
    assert_int_equal(slo.tiers[0].rate_billionths,
                     330 * DECIMAL_ONE); /* 33 % of the units, where 0.1 % may be bad */
    for (size_t i = 0; i < slo.n_tiers; i++) {
        const struct slo_tier *t = &slo.tiers[i];
        buf_clear(&row);
        buf_printf(&row, "| %.*s | ", TEXT_ARG(t->name));
        duration_print(t->long_ms, &row);
        buf_puts(&row, " | ");
        duration_print(t->short_ms, &row);
        buf_puts(&row, " | ");
        if (t->outage)
            buf_puts(&row, "33 % of all units bad");
        else
            decimal_print(t->rate_billionths, &row);
        buf_printf(&row, " | P%d %s | %lld bad |", t->severity, t->page ? "page" : "ticket",
                   (long long)t->min_spent);
        if (find(buf_text(&manual), 0, buf_cstring(&row)) == manual.len)
            fail_msg("docs/slo-files.md has no row \"%s\"", buf_cstring(&row));
    }
    buf_finish(&row);
    buf_finish(&manual);
}

static const struct json *schema_of(const struct json *root, const char *what)
{
    if (strcmp(what, "file") == 0)
        return root;
    return json_get(json_get(root, "$defs"), what);
}

static void the_schema_has_the_keys_of_the_reader(void **state)
{
    (void)state;
    struct buf content;
    struct err err;
    size_t n, wrong = 0;
    const struct slo_keys *const *all = slo_all_keys(&n);
    load("docs/slo.schema.json", &content);
    struct json *root = json_parse(buf_text(&content), &err);
    if (!root)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < n; i++) {
        const struct json *schema = schema_of(root, all[i]->what);
        const struct json *properties = json_get(schema, "properties");
        assert_false(json_bool(json_get(schema, "additionalProperties"), true));
        for (size_t k = 0; k < all[i]->n; k++)
            if (!json_get(properties, all[i]->at[k])) {
                print_error("docs/slo.schema.json: %s has no %s\n", all[i]->what, all[i]->at[k]);
                wrong++;
            }
        assert_int_equal(json_length(properties), all[i]->n);
    }
    assert_int_equal(json_length(json_get(root, "$defs")), n - 1);
    assert_int_equal(wrong, 0);
    json_free(root);
    buf_finish(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_of_the_manual_is_read),
        cmocka_unit_test(the_manual_names_every_key),
        cmocka_unit_test(the_manual_has_the_default_tiers),
        cmocka_unit_test(the_schema_has_the_keys_of_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
