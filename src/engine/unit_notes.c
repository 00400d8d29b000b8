/* Notes of counting, from the ledger's change to people. */
#include "engine/unit_notes.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timezone.h"
#include "engine/budget_json.h"
#include "engine/slo_batch.h"
#include "store/audit_rows.h"

enum { DETAIL_MAX = 4096, SERIES_MAX = 1000 };

struct kept_note {
    uint64_t count; /* since this process began */
    int64_t at_ms;  /* the newest */
    int64_t told_ms;
    char *series; /* of the newest; NULL: none's */
};

struct unit_notes {
    struct kept_note at[NOTE_CODES];
};

void unit_notes_free(struct unit_notes *notes)
{
    for (int i = 0; notes && i < NOTE_CODES; i++)
        memory_free(notes->at[i].series);
    memory_free(notes);
}

/* What somebody has to mend; the rest is how services live (a restart, a gap, no error yet). */
static const bool wrong[NOTE_CODES] = {
    [NOTE_SPENT_ABOVE_UNITS] = true, [NOTE_SPENT_NEGATIVE] = true, [NOTE_NEGATIVE_SAMPLE] = true,
    [NOTE_NOT_FINITE] = true,        [NOTE_TOO_LARGE] = true,      [NOTE_OVERFLOW] = true,
    [NOTE_HISTOGRAM] = true,         [NOTE_GROUPS_FULL] = true,    [NOTE_NO_RATE] = true,
    [NOTE_SEVERAL_RATES] = true,     [NOTE_OUT_OF_RANGE] = true,
};

static void print_series(const struct ledger_note *note, struct buf *out)
{
    if (note->series && note->series->len)
        labels_print(note->series, out);
}

/* True: it is to be told. */
static bool keep(struct slo_unit *unit, const struct ledger_note *note, int64_t slot_ms)
{
    struct buf series;
    if (!unit->notes)
        unit->notes = memory_alloc_zero(1, sizeof *unit->notes);
    struct kept_note *kept = &unit->notes->at[note->code];
    buf_init(&series, SERIES_MAX);
    print_series(note, &series);
    kept->count += note->count;
    kept->at_ms = note->at_ms > kept->at_ms ? note->at_ms : kept->at_ms;
    memory_free(kept->series);
    kept->series = series.len ? memory_copy_text(series.at, series.len) : NULL;
    buf_finish(&series);
    if (kept->told_ms && slot_ms - kept->told_ms < HOUR_MS)
        return false;
    kept->told_ms = slot_ms;
    return true;
}

static void print_note(const struct ledger_note *note, struct buf *out)
{
    buf_printf(out, "%s, %llu times, first at ", ledger_note_text(note->code),
               (unsigned long long)note->count);
    civil_print(NULL, note->at_ms, out);
    buf_puts(out, note->series && note->series->len ? ": " : "");
    print_series(note, out);
}

void unit_log_notes(struct slo_unit *unit, int64_t slot_ms)
{
    for (size_t i = 0; i < unit->change.n_notes; i++) {
        const struct ledger_note *note = &unit->change.notes[i];
        struct buf detail;
        if (note->code == NOTE_AMENDED)
            continue;
        buf_init(&detail, DETAIL_MAX);
        print_note(note, &detail);
        bool told = wrong[note->code] && keep(unit, note, slot_ms);
        log_line(told ? LOG_WARN : LOG_DEBUG, "counting", "slo", unit->slo->id.at, "note",
                 buf_cstring(&detail), NULL);
        buf_finish(&detail);
    }
}

void unit_write_notes(struct database *db, struct slo_unit *unit, struct text why, int64_t slot_ms)
{
    unit_log_notes(unit, slot_ms);
    for (size_t i = 0; i < unit->change.n_notes; i++) {
        const struct ledger_note *note = &unit->change.notes[i];
        struct buf detail;
        if (note->code != NOTE_AMENDED)
            continue;
        buf_init(&detail, DETAIL_MAX);
        print_note(note, &detail);
        audit_add(db, slot_ms, TEXT("sloburn"), why, unit->slo->id, buf_text(&detail));
        buf_finish(&detail);
    }
}

void unit_notes_json(const struct unit_notes *notes, int64_t now_ms, struct json_writer *w)
{
    json_name(w, "notes");
    json_open(w, '[');
    for (int i = 0; notes && i < NOTE_CODES; i++) {
        const struct kept_note *note = &notes->at[i];
        if (!note->count || note->at_ms < now_ms - DAY_MS)
            continue;
        json_open(w, '{');
        json_field_string(w, "what", ledger_note_text((enum ledger_note_code)i));
        json_field_int(w, "count", (int64_t)note->count);
        json_field_int(w, "at_ms", note->at_ms);
        json_field_string(w, "series", note->series ? note->series : "");
        json_close(w, '}');
    }
    json_close(w, ']');
}
