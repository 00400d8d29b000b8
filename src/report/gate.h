/* gate: may this release go out on the error budget that is left? A pure decision over a document of statuses
 * (engine/ledger_query.h), each with its reason, and the forms in which pipelines want to read it. */
#ifndef SLOBURN_REPORT_GATE_H
#define SLOBURN_REPORT_GATE_H

#include "base/arena.h"
#include "base/json.h"

enum gate_verdict { GATE_PASS, GATE_WARN, GATE_NO_DATA, GATE_REFUSED }; /* rising: the worst decides */
/* What is done about SLOs that cannot be judged. */
enum gate_answer { GATE_ANSWER_PASS, GATE_ANSWER_WARN, GATE_ANSWER_FAIL };

enum { GATE_BURNS_MAX = 8 };

/* The burn rate over one of the SLO's tier windows may be at most this. */
struct gate_burn {
    struct text window; /* as the tiers print it: "1h" */
    double most;
};

struct gate_limits {
    bool has_min_budget;
    double
        min_budget; /* share; else the policy's: refused once critical (under 10 %, means and totals 5 %) */
    struct gate_burn burns[GATE_BURNS_MAX];
    size_t n_burns;     /* composites have no burn rate: each part's is judged, if it is in the document */
    int64_t max_age_ms; /* of the last evaluation; older is no data */
    int64_t now_ms;
    enum gate_answer on_no_data;
};

struct gate_item {
    const struct json *slo; /* borrowed from the document: of "slos", or of "composites" */
    enum gate_verdict verdict;
    struct text reason; /* a sentence */
};

struct gate_result {
    struct gate_item *items; /* worst first */
    size_t n;
    size_t count[GATE_REFUSED + 1];
    enum gate_verdict verdict;
    struct text error; /* why nothing could be judged at all (unreachable), else empty */
    bool warn_only;    /* whatever the verdict, the exit code is 0 */
    int64_t now_ms;
};

/* "1h=6"; ERR_USAGE. */
NODISCARD bool gate_burn_parse(struct text t, struct gate_burn *burn, struct err *err);
/* "10%", "0.1"; ERR_USAGE. */
NODISCARD bool gate_share_parse(struct text t, double *share, struct err *err);

void gate_judge(const struct json *document, const struct gate_limits *limits, struct arena *arena,
                struct gate_result *result);
/* 0 pass or warning, 1 refused, 3 no data; 0 with warn_only. */
int gate_exit_code(const struct gate_result *result);

const char *gate_verdict_text(enum gate_verdict verdict); /* "pass", "warning", "no data", "refused" */

/* In the order of gate_formats. */
extern const char *const gate_formats[]; /* text, json, junit, github, markdown, NULL */
void gate_render(const struct gate_result *result, int format, struct buf *out);

#endif
