/* The report for programs: JSON with a versioned schema, and CSV with a row per SLO and value. */
#include "base/buf.h"
#include "base/number.h"
#include "base/timezone.h"
#include "engine/phrase.h"
#include "report/markup.h"
#include "report/report_parts.h"

void report_json(const struct json *document, struct buf *out)
{
    struct json_writer w;
    struct report_summary summary = report_summarise(document);
    json_begin_pretty(&w, out);
    json_open(&w, '{');
    json_name(&w, "schema");
    json_put_string(&w, "sloburn.report/1");
    json_name(&w, "summary");
    json_open(&w, '{');
    json_name(&w, "slos");
    json_put_int(&w, (int64_t)summary.slos);
    for (int i = 0; i < VERDICTS; i++) {
        json_name(&w, report_verdict_names[i]);
        json_put_int(&w, (int64_t)summary.count[i]);
    }
    json_name(&w, "composites");
    json_open(&w, '{');
    for (int i = 0; i < VERDICTS; i++) {
        json_name(&w, report_verdict_names[i]);
        json_put_int(&w, (int64_t)summary.composite_count[i]);
    }
    json_close(&w, '}');
    json_close(&w, '}');
    for (const struct json *child = json_first(document); child; child = json_next(child)) {
        json_name(&w, json_key(child));
        markup_json(&w, child);
    }
    json_close(&w, '}');
    buf_putc(out, '\n');
}

enum column_kind {
    OF_SLO,    /* text of the SLO */
    OF_WINDOW, /* text of the window */
    TIME,      /* of the window */
    NUMBER,    /* of the window */
    AMOUNT,    /* of the window, in 1/scale: printed in its natural unit */
    LABELS,
    TARGETS,     /* by their dates; empty where one judges the whole period */
    INCIDENTS,   /* how many */
    OF_EXCHANGE, /* text of the exchange rate; empty where nothing is exchanged */
    EXCHANGE_RATE,
    EXCHANGE_TIME, /* of a fixed rate its day */
    CORRECTIONS,   /* how many touch the period; empty for a value, whose roll-up tells it */
    /* The same figures without corrections; empty where none touch the period. */
    UNCORRECTED_TEXT,
    UNCORRECTED_NUMBER,
    UNCORRECTED_AMOUNT,
    /* Of composites alone, a row for the whole, and one a part. */
    PART_TEXT,
    PART_NUMBER,
};

struct csv_column {
    const char *heading;
    enum column_kind kind;
    const char *member;
};

static const struct csv_column columns[] = {
    {"id", OF_SLO, "id"},
    {"environment", OF_SLO, "environment"},
    {"service", OF_SLO, "service"},
    {"slo", OF_SLO, "name"},
    {"labels", LABELS, NULL},
    {"owner", OF_SLO, "owner"},
    {"objective", OF_SLO, "objective"},
    {"kind", OF_SLO, "kind"},
    {"unit", OF_SLO, "unit"},
    {"currency", OF_SLO, "currency"},
    {"time_unit", OF_SLO, "time_unit"},
    {"period", OF_SLO, "period"},
    {"window", OF_WINDOW, "name"},
    {"from", TIME, "from_ms"},
    {"to", TIME, "to_ms"},
    {"units", NUMBER, "units"},
    {"spent", AMOUNT, "spent"},
    {"allowed", AMOUNT, "allowed"},
    {"left", AMOUNT, "left"},
    {"left_share", NUMBER, "left_share"},
    {"attainment", NUMBER, "attainment"},
    {"attainment_low", NUMBER, "attainment_low"},
    {"attainment_high", NUMBER, "attainment_high"},
    {"coverage", NUMBER, "coverage"},
    {"estimated_share", NUMBER, "estimated_share"},
    {"history_share", NUMBER, "history_share"},
    {"verdict", OF_WINDOW, "verdict"},
    {"state", OF_WINDOW, "state"},
    {"incidents", INCIDENTS, NULL},
    {"exchange_from", OF_EXCHANGE, "counted"},
    {"exchange_to", OF_EXCHANGE, "stated"},
    {"exchange_rate", EXCHANGE_RATE, NULL},
    {"exchange_time", EXCHANGE_TIME, NULL},
    {"exchange_state", OF_EXCHANGE, "state"},
    {"exchange_series", OF_EXCHANGE, "series"},
    {"corrections", CORRECTIONS, NULL},
    {"uncorrected_units", UNCORRECTED_NUMBER, "units"},
    {"uncorrected_spent", UNCORRECTED_AMOUNT, "spent"},
    {"uncorrected_left_share", UNCORRECTED_NUMBER, "left_share"},
    {"uncorrected_attainment", UNCORRECTED_NUMBER, "attainment"},
    {"uncorrected_verdict", UNCORRECTED_TEXT, "verdict"},
    {"part", PART_TEXT, "id"},
    {"weight", PART_NUMBER, "weight"},
    {"used_share", PART_NUMBER, "used_share"},
    {"contribution", PART_NUMBER, "contribution"},
    {"uncorrected_used_share", PART_NUMBER, "uncorrected_used_share"},
    {"uncorrected_contribution", PART_NUMBER, "uncorrected_contribution"},
    {"objectives_in_force", TARGETS, NULL},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void put_number(const struct json *of, const char *member, double scale, struct buf *out)
{
    if (of)
        number_print_fixed(phrase_number(of, member) / (scale > 0 ? scale : 1), out);
}

static bool put_exchange(const struct json *exchange, const struct csv_column *column, struct buf *out)
{
    switch (column->kind) {
    case EXCHANGE_RATE:
        if (phrase_number(exchange, "rate") > 0)
            number_print_fixed(phrase_number(exchange, "rate"), out);
        return true;
    case EXCHANGE_TIME:
        buf_puts(out, phrase_text(exchange, "date"));
        if (phrase_number(exchange, "at_ms") > 0)
            civil_print(NULL, (int64_t)phrase_number(exchange, "at_ms"), out);
        return false;
    default:
        buf_puts(out, phrase_text(exchange, column->member));
        return false;
    }
}

/* Appends the field as plain text; true if it is a number, which needs no quoting. */
static bool put_field(const struct json *slo, const struct csv_column *column, struct buf *out)
{
    const struct json *window = phrase_window(slo), *uncorrected = json_get(slo, "uncorrected");
    switch (column->kind) {
    case OF_SLO:
        buf_puts(out, phrase_text(slo, column->member));
        return false;
    case OF_WINDOW:
        buf_puts(out, phrase_text(window, column->member));
        return false;
    case LABELS:
        phrase_labels(slo, out);
        return false;
    case TARGETS:
        if (json_length(json_get(slo, "targets")))
            phrase_objective(slo, out);
        return false;
    case TIME:
        civil_print(NULL, (int64_t)phrase_number(window, column->member), out);
        return false;
    case OF_EXCHANGE:
    case EXCHANGE_RATE:
    case EXCHANGE_TIME:
        return put_exchange(json_get(slo, "exchange"), column, out);
    case INCIDENTS:
        buf_printf(out, "%zu", json_length(json_get(slo, "incidents")));
        return true;
    case CORRECTIONS:
        if (json_get(slo, "corrections"))
            buf_printf(out, "%zu", json_length(json_get(slo, "corrections")));
        return true;
    case NUMBER:
        put_number(window, column->member, 1, out);
        return true;
    case AMOUNT:
        put_number(window, column->member, phrase_number(slo, "scale"), out);
        return true;
    case UNCORRECTED_NUMBER:
        put_number(uncorrected, column->member, 1, out);
        return true;
    case UNCORRECTED_AMOUNT:
        put_number(uncorrected, column->member, phrase_number(slo, "scale"), out);
        return true;
    case UNCORRECTED_TEXT:
        buf_puts(out, phrase_text(uncorrected, column->member));
        return false;
    case PART_TEXT:
    case PART_NUMBER:
        return false;
    }
    return false;
}

/* What a part has used of its budget, or the whole: with `uncorrected_` where corrections touch it. */
static void put_share(const struct json *composite, const struct json *part, const char *member,
                      struct buf *out)
{
    const struct json *uncorrected = json_get(composite, "uncorrected");
    const struct json *of = part ? part : composite;
    if (text_is(text_of(phrase_verdict(of)), "insufficient data") && !text_is(text_of(member), "weight"))
        return;
    if (!part && text_is(text_of(member), "uncorrected_used_share"))
        put_number(uncorrected, "used_share", 1, out);
    else if (json_get(of, member))
        put_number(of, member, 1, out);
}

/* The same of the row of a composite, or of one of its parts. */
static bool put_of_composite(const struct json *composite, const struct json *part,
                             const struct csv_column *column, struct buf *out)
{
    const struct json *of = part ? part : composite, *uncorrected = json_get(composite, "uncorrected");
    switch (column->kind) {
    case OF_SLO:
        buf_puts(out,
                 phrase_text(text_is(text_of(column->member), "period") ? of : composite, column->member));
        return false;
    case OF_WINDOW:
        if (!text_is(text_of(column->member), "name"))
            buf_puts(out, phrase_text(of, column->member));
        return false;
    case PART_TEXT:
        buf_puts(out, phrase_text(part, column->member));
        return false;
    case PART_NUMBER:
        put_share(composite, part, column->member, out);
        return true;
    case NUMBER:
        if (!part && text_is(text_of(column->member), "left_share"))
            put_share(composite, part, column->member, out);
        return true;
    case UNCORRECTED_NUMBER:
        if (!part && text_is(text_of(column->member), "left_share"))
            put_number(uncorrected, column->member, 1, out);
        return true;
    case UNCORRECTED_TEXT:
        if (!part)
            buf_puts(out, phrase_text(uncorrected, column->member));
        return false;
    default:
        return false;
    }
}

/* A row of a spreadsheet: of an SLO or a value, or (slo NULL) of a composite or a part of it. */
static void put_csv_row(const struct json *slo, const struct json *composite, const struct json *part,
                        struct buf *field, struct buf *out)
{
    for (int i = 0; i < COLUMNS; i++) {
        buf_clear(field);
        bool number =
            slo ? put_field(slo, &columns[i], field) : put_of_composite(composite, part, &columns[i], field);
        buf_puts(out, i ? "," : "");
        if (number)
            buf_add_text(out, buf_text(field));
        else
            markup_csv(buf_text(field), out);
    }
    buf_puts(out, "\r\n");
}

void report_csv(const struct json *document, struct buf *out)
{
    struct buf field;
    const struct json *slos = json_get(document, "slos");
    buf_init(&field, 64 << 10);
    for (int i = 0; i < COLUMNS; i++)
        buf_printf(out, "%s%s", i ? "," : "", columns[i].heading);
    buf_puts(out, "\r\n");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        put_csv_row(slo, NULL, NULL, &field, out);
    for (const struct json *c = json_first(json_get(document, "composites")); c; c = json_next(c)) {
        put_csv_row(NULL, c, NULL, &field, out);
        for (const struct json *part = json_first(json_get(c, "parts")); part; part = json_next(part))
            put_csv_row(NULL, c, part, &field, out);
    }
    buf_finish(&field);
}
