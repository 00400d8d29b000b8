/* explain: why was I, or was I not, paged? */
#include "report/explain.h"
#include "report/composite.h"

#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/commands.h"
#include "commands/documents.h"
#include "commands/output.h"
#include "engine/phrase.h"

/* "rag-api/availability{tenant=acme}" */
static void split_value(const char *word, struct text *id, struct text *labels)
{
    struct text whole = text_of(word);
    size_t brace = text_find(whole, '{');
    *id = text_part(whole, 0, brace);
    *labels = text_part(whole, brace + 1, whole.len);
    if (text_ends(*labels, TEXT("}")))
        labels->len--;
}

struct documents {
    struct json *statuses;
    struct json *ledger;
    struct json *alerts;
};

static bool read_documents(const struct document_place *place, struct text id, struct documents *documents,
                           struct err *err)
{
    int64_t now_ms = clock_now_ms();
    struct ledger_query query = {.id = id,
                                 .service = TEXT(""),
                                 .owner = TEXT(""),
                                 .window = TEXT(""),
                                 .now_ms = now_ms,
                                 .at_ms = now_ms};
    documents->statuses = document_statuses(place, &query, err);
    if (!documents->statuses)
        return false;
    if (composite_find(documents->statuses, id))
        return true;
    documents->ledger = document_ledger(place, &query, err);
    if (!documents->ledger)
        return false;
    documents->alerts = document_alerts(place, false, err);
    return documents->alerts != NULL;
}

/* Names the values that there are. */
static bool no_such_value(const struct documents *documents, const char *word, struct err *err)
{
    const struct json *slos = json_get(documents->statuses, "slos");
    struct buf values;
    buf_init(&values, 1024);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        if (phrase_is_rollup(slo))
            continue;
        buf_puts(&values, values.len ? ", " : "");
        phrase_labels(slo, &values);
    }
    err_set(err, ERR_NO_DATA, "%s: there is no such value%s%s", word, values.len ? "; there are " : "",
            buf_cstring(&values));
    buf_finish(&values);
    return false;
}

static bool explain(const struct document_place *place, const char *word, struct buf *out, struct err *err)
{
    struct documents documents = {NULL, NULL, NULL};
    struct text id, labels;
    split_value(word, &id, &labels);
    bool good = read_documents(place, id, &documents, err);
    const struct json *composite = good ? composite_find(documents.statuses, id) : NULL;
    struct explain_view view = {.status = good ? explain_find(documents.statuses, labels) : NULL};
    if (good && !composite && !view.status)
        good = no_such_value(&documents, word, err);
    if (composite)
        composite_explain(composite, out);
    else if (good) {
        view.status_rollup = explain_find(documents.statuses, TEXT(""));
        view.ledger = explain_find(documents.ledger, labels);
        view.rollup = explain_find(documents.ledger, TEXT(""));
        view.incident = explain_find_incident(documents.alerts, view.status);
        view.now_ms = phrase_number(documents.statuses, "now_ms");
        explain_render(&view, out);
    }
    json_free(documents.statuses);
    json_free(documents.ledger);
    json_free(documents.alerts);
    return good;
}

static int run_explain(const struct document_place *place, const char *word)
{
    struct err err;
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    bool good = explain(place, word, &out, &err) && output_write(NULL, &out, &err);
    buf_finish(&out);
    return good ? 0 : complain("explain", &err);
}

int command_explain(int argc, char **argv)
{
    struct document_place place = {.config = "sloburn.yml"};
    const struct argument arguments[] = {DOCUMENT_ARGUMENTS(&place)};
    const struct command_line line = {
        .command = "explain",
        .synopsis = "explain [--config FILE | --server URL --token-file FILE] SLO",
        .about = "Tells everything about one SLO (rag-api/availability), or one value of its fan-out\n"
                 "(rag-api/availability{tenant=acme}): what is open, its impact, the budget and the time "
                 "left, the first step;\n"
                 "the formula with its numbers, what is counted, and why each tier fires or does not. Of a "
                 "composite, what\n"
                 "each of its parts has used.",
        .epilogue = "Exit codes: 0, 2 bad usage or configuration, 3 no such SLO, 4 the server does not "
                    "answer, 6 the store.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
        .max_operands = 1,
    };
    struct err err;
    const char *operands[2];
    int code;
    if (!arguments_parse(&line, argc, argv, operands, &code))
        return code;
    if (operands[0])
        return run_explain(&place, operands[0]);
    err_set(&err, ERR_USAGE, "an SLO is needed, as in rag-api/availability (sloburn status lists them)");
    return complain("explain", &err);
}
