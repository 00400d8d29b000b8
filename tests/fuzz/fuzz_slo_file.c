// rooms: slo
/* SLO files: any bytes give definitions that hold together, or findings. */
#include "base/arena.h"
#include "base/labels.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "slo/slo_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_slo(const struct slo *slo)
{
    check(slo->allowance_billionths > 0 && slo->target_billionths > 0 && slo->scale > 0);
    check(slo->n_windows > 0 && slo->windows[0].length_ms > 0);
    check((slo->n_terms > 0) != (slo->n_expressions > 0));
    check(slo->id.len && slo->name.len);
    for (size_t i = 0; i < slo->n_tiers; i++) {
        const struct slo_tier *tier = &slo->tiers[i];
        check(tier->rate_billionths > 0 && tier->short_ms > 0 && tier->short_ms < tier->long_ms);
        check(tier->severity >= 1 && tier->severity <= 4 && tier->page == (tier->severity <= 2));
    }
    for (size_t i = 0; i < slo->n_terms; i++)
        check(slo->terms[i].expr && slo->terms[i].expr->kind == EXPR_SELECTOR && slo->terms[i].coefficient);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct findings findings;
    struct slo_list slos = {0};
    arena_init(&arena, 0);
    findings_init(&findings);
    struct slo_context context = {TEXT("prod"), &arena, regex_set_new(), label_table_new(NULL),
                                  timezone_set_new()};
    bool ok = slo_file_read((struct text){(const char *)data, size}, "f.yml", &context, &slos, &findings);
    check(ok == (findings.errors == 0));
    check(ok || slos.len == 0);
    for (size_t i = 0; i < slos.len; i++) {
        check_slo(&slos.at[i]);
        slo_advise(&slos.at[i], &findings);
    }
    slo_check_all(&slos, &findings);
    regex_set_free(context.regexes);
    label_table_free(context.labels);
    timezone_set_free(context.zones);
    findings_finish(&findings);
    arena_finish(&arena);
    return 0;
}
