/* report_parts: what all forms of the report say, once: its figures, its summary, its methodology. Internal
 * to src/report. */
#ifndef SLOBURN_REPORT_REPORT_PARTS_H
#define SLOBURN_REPORT_REPORT_PARTS_H

#include "base/json.h"

/* A figure of an SLO over the period. */
struct report_figure {
    const char *label;
    /* False: it has nothing to say about this one. */
    bool (*put)(const struct json *slo, const struct json *window, struct buf *out);
};

extern const struct report_figure report_figures[]; /* ends with a NULL label */

enum report_verdict { VERDICT_MET, VERDICT_MET_SEEN, VERDICT_MISSED, VERDICT_INSUFFICIENT, VERDICTS };

enum report_verdict report_verdict(const struct json *slo);
extern const char *const report_verdict_names[VERDICTS];

struct report_summary {
    size_t slos; /* roll-ups */
    size_t count[VERDICTS];
    size_t composites;
    size_t composite_count[VERDICTS];
};

struct report_summary report_summarise(const struct json *document);
/* "4 SLOs: 3 met, 1 missed; 1 composite: 1 met" */
void report_summary_put(const struct report_summary *summary, struct buf *out);
/* Of an element of "composites". */
enum report_verdict report_composite_verdict(const struct json *composite);
/* The period of all SLOs (and parts of composites) if it is the same, else "each SLO's own". */
void report_period_put(const struct json *document, struct buf *out);

/* "99.8 %; 3 of 30 days seen" */
void report_coverage_put(const struct json *window, struct buf *out);

/* Iterates the values of a roll-up, which stand behind it: from the roll-up to the next value, or NULL. */
const struct json *report_next_value(const struct json *slo);

/* "14 min", "open for 3 h". */
void report_incident_lasted(const struct json *incident, const struct json *document, struct buf *out);
/* What it took of the budget: "1,234 bad queries, 3.1 % of the budget". */
void report_incident_cost(const struct json *slo, const struct json *incident, struct buf *out);

/* When a correction holds, and who said so. */
void report_correction_when(const struct json *correction, struct buf *out);
void report_correction_who(const struct json *correction, struct buf *out);

/* Paragraphs of the appendix, {title, text}; ends with a NULL title. */
extern const char *const report_methodology[][2];

/* The forms. */
void report_html(const struct json *document, struct buf *out);
void report_markdown(const struct json *document, struct buf *out);
void report_json(const struct json *document, struct buf *out);
void report_csv(const struct json *document, struct buf *out);
/* Their sections about composites. */
void report_composites_html(const struct json *document, struct buf *out);
void report_composites_markdown(const struct json *document, struct buf *out);
/* The burn-down of one SLO as SVG; false (nothing appended) where there is nothing to draw. */
bool report_chart(const struct json *slo, double now_ms, struct buf *out);

#endif
