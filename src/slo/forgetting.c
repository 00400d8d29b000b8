/* What keeps a ledger small while series come and go: at midnight it forgets what was silent for a day, and
 * now and then it moves to another label table, which has only the label sets that it still needs. */
#include "slo/ledger_steps.h"

int64_t ledger_remembered_ms(int64_t horizon_ms)
{
    return horizon_ms - horizon_ms % DAY_MS - LEDGER_FORGET_MS;
}

/* Keeps what was sampled lately; the maps are made anew, for their values are places. */
void ledger_forget(struct ledger *ledger)
{
    int64_t before = ledger_remembered_ms(ledger->head.horizon_ms);
    uint32_t *moved = ARENA_ARRAY_ZERO(&ledger->scratch, uint32_t, ledger->targets.len + 1);
    bool *needed = ARENA_ARRAY_ZERO(&ledger->scratch, bool, ledger->targets.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < ledger->counted.len; i++) {
        struct counted *c = &ledger->counted.at[i];
        if (c->now.last_ms < before)
            continue;
        needed[c->target] = true;
        ledger->counted.at[n++] = *c;
    }
    bool changed = n != ledger->counted.len;
    ledger->counted.len = n;
    n = 0;
    for (size_t i = 0; i < ledger->targets.len; i++) {
        const struct target *t = &ledger->targets.at[i];
        if (!needed[i] && (t->shared || t->now.any_ms < before))
            continue;
        moved[i] = (uint32_t)n;
        ledger->targets.at[n++] = ledger->targets.at[i];
    }
    changed |= n != ledger->targets.len;
    ledger->targets.len = n;
    if (!changed)
        return;
    for (size_t i = 0; i < ledger->counted.len; i++)
        ledger->counted.at[i].target = moved[ledger->counted.at[i].target];
    ledger_index(ledger);
}

static void name_target(struct ledger *ledger)
{
    const struct slo *slo = ledger->slo;
    const struct text usual[] = {TEXT("job"), TEXT("instance")};
    const struct text *names = slo->n_target ? slo->target : usual;
    ledger->n_target = slo->n_target ? slo->n_target : 2;
    for (size_t i = 0; i < ledger->n_target; i++)
        ledger->target[i] = symbol_intern(ledger->table, names[i]);
}

void ledger_name_symbols(struct ledger *ledger, struct text replica_label)
{
    const struct slo *slo = ledger->slo;
    ledger->replica_names = replica_names_of(ledger->table, replica_label);
    ledger->metric_name = symbol_intern(ledger->table, TEXT("__name__"));
    ledger->job = symbol_intern(ledger->table, TEXT("job"));
    name_target(ledger);
    ledger->le = symbol_intern(ledger->table, TEXT("le"));
    for (size_t i = 0; i < slo->n_by; i++)
        ledger->by[i] = symbol_intern(ledger->table, slo->by[i]);
}

static const struct symbol *symbol_import(struct label_table *table, const struct symbol *symbol)
{
    return symbol ? symbol_intern(table, symbol_text(symbol)) : NULL;
}

static const struct labels *import(struct label_table *table, const struct labels *labels)
{
    return labels ? labels_import(table, labels) : NULL;
}

void ledger_move(struct ledger *ledger, struct label_table *table)
{
    bool usual = ledger->replica_names.at[1] != NULL;
    struct text replica_label = usual ? TEXT("") : symbol_text(ledger->replica_names.at[0]);
    ledger->table = table;
    ledger_name_symbols(ledger, replica_label);
    for (size_t i = 0; i < ledger->targets.len; i++) {
        struct target *t = &ledger->targets.at[i];
        t->labels = labels_import(table, t->labels);
        t->job = symbol_import(table, t->job);
        t->settled.replica = symbol_import(table, t->settled.replica);
        t->now.replica = symbol_import(table, t->now.replica);
    }
    for (size_t i = 0; i < ledger->counted.len; i++) {
        struct counted *c = &ledger->counted.at[i];
        c->labels = labels_import(table, c->labels);
        c->metric = symbol_import(table, c->metric);
    }
    for (size_t i = 0; i < ledger->groups.len; i++)
        ledger->groups.at[i].labels = labels_import(table, ledger->groups.at[i].labels);
    ledger->rate.labels = import(table, ledger->rate.labels);
    ledger->rate_now.labels = import(table, ledger->rate_now.labels);
    ledger->uncounted.series = import(table, ledger->uncounted.series);
    ledger->uncounted.group = import(table, ledger->uncounted.group);
    ledger_begin_output(ledger);
    ledger_index(ledger);
}
