/* composite: SLOs made of others, for people: from elements of "composites" of a document
 * (engine/composite_json.h). All append. */
#ifndef SLOBURN_REPORT_COMPOSITE_H
#define SLOBURN_REPORT_COMPOSITE_H

#include "base/json.h"

/* The composite of this id ("prod/shop/journey", or without its environment); NULL if there is none. */
const struct json *composite_find(const struct json *document, struct text id);
bool composite_is_worst(const struct json *composite); /* else weighted */
/* "; used by shop/a 21.4 %, shop/b 6.6 %", "; the worst of shop/a 21.4 %, shop/b 6.6 %" */
void composite_parts(const struct json *composite, struct buf *out);
/* One line: "shop/journey: 72 % left, healthy; used by shop/availability 21.4 %, shop/latency 6.6 %". */
void composite_line(const struct json *composite, struct buf *out);
/* All of it, a part a line, with the formula. */
void composite_explain(const struct json *composite, struct buf *out);

#endif
