/* page_parts: what the page (page.c) and the page of one SLO (page_slo.c) share: the documents that they are
 * made from, the header, the table of SLOs. */
#ifndef SLOBURN_SERVER_PAGE_PARTS_H
#define SLOBURN_SERVER_PAGE_PARTS_H

#include "base/json.h"
#include "server/route.h"

struct buf;
struct ledger_query;

enum { PAGE_REFRESH_S = 10 };

static inline const char *page_text(const struct json *json, const char *name)
{
    return json_string(json_get(json, name), "");
}

static inline double page_number(const struct json *json, const char *name)
{
    return json_number(json_get(json, name), 0);
}

/* The two documents, to be freed by the caller. False: an error was answered. */
bool page_fetch(struct exchange *exchange, const struct ledger_query *query, struct json **slos,
                struct json **alerts);
void page_put_header(const struct exchange *exchange, struct buf *out);
void page_begin_slo_table(struct buf *out);
/* One row of that table; `link`: its name leads to the page of the SLO. */
void page_put_row(const struct json *slo, bool link, struct buf *out);

#endif
