/* facts: all that a message about an incident can say, as values: no rendered text, no secret. Evaluate
 * makes them and the store keeps them (as JSON) in an obligation; receivers render them when they send. */
#ifndef SLOBURN_NOTIFY_FACTS_H
#define SLOBURN_NOTIFY_FACTS_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct buf;

/* P1 and P2 page, P3 ticket, P4 info. */
enum severity { SEVERITY_P1 = 1, SEVERITY_P2, SEVERITY_P3, SEVERITY_P4 };
enum incident_class { CLASS_PAGE, CLASS_TICKET };
enum fact_kind {
    FACT_OPEN,    /* it broke */
    FACT_UPDATE,  /* it got worse, or a child joined; never opens anything */
    FACT_RESOLVE, /* it is over */
    FACT_SUMMARY, /* told once, opens nothing: first start, what began and ended while we were down */
};

struct fact_pair {
    struct text name;
    struct text value;
};

struct facts {
    enum fact_kind kind;
    struct text incident; /* its key (notify/incident.h) */
    struct text environment;
    struct text service; /* "" for a rule that names none */
    struct text subject; /* SLO name or alertname */
    struct text group;   /* "tenant=acme", "" for the roll-up */
    struct text owner;
    enum incident_class class;
    enum severity severity;
    int64_t slot_ms;     /* the evaluation that decided this */
    int64_t since_ms;    /* when it began */
    int64_t resolved_ms; /* FACT_RESOLVE; else 0 */
    bool late;           /* evaluated late, after downtime */
    struct text what;    /* "52.1 % of requests failed in the last 5 min; the objective is 99.5%" */
    struct text impact;
    struct text reason; /* the tier, or the rule's expression */
    /* Burn-rate alerts; has_budget is false for other alerts. */
    bool has_budget;
    double burn_rate;          /* of the long window that opened it */
    struct text burn_window;   /* "1h" */
    double budget_left;        /* share of the first window's budget, may be negative */
    struct text budget_window; /* "30d" */
    struct text budget_amount; /* what of it is left: "₩4,100.00 of ₩10,000.00" */
    int64_t exhausted_in_ms;   /* at that rate; -1: not in sight; 0: gone */
    double value;              /* threshold rules: the expression's value */
    bool has_value;
    struct text last_change; /* "deploy v1.4.2 at 10:12", "" if unknown */
    struct text first_step;
    struct text runbook; /* URL */
    struct text page;    /* URL of the SLO's page, "" without external_url */
    struct fact_pair *links;
    size_t n_links;
    struct fact_pair *labels; /* final labels, sorted */
    size_t n_labels;
    struct fact_pair *annotations;
    size_t n_annotations;
    struct text *lines; /* children and folded alerts, one line each */
    size_t n_lines;
};

/* However long its texts and many its pairs and lines were, the JSON of facts that were made to fit is not
 * longer than this. */
#define FACTS_JSON_MAX (256 << 10)

/* Cuts what is too long ("…") and leaves out what is too much (the last line tells how many). The incident's
 * key is left as it is: incident_key_print bounds it. New texts are in the arena. */
void facts_fit(struct facts *facts, struct arena *arena);
/* `out` has room for FACTS_JSON_MAX. */
void facts_write_json(const struct facts *facts, struct buf *out);
/* Texts are copied to the arena. */
NODISCARD bool facts_read_json(struct text json, struct arena *arena, struct facts *facts, struct err *err);

const char *severity_name(enum severity severity);           /* "P1" */
const char *severity_pagerduty(enum severity severity);      /* "critical", "error", "warning", "info" */
const char *incident_class_name(enum incident_class class_); /* "page", "ticket" */

#endif
