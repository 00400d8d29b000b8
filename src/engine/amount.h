/* amount: what an SLO counts, in words and with its unit: one wording for documents, messages and pages.
 * Money has its sign and commas between thousands, times are in seconds, scores are points. All append. */
#ifndef SLOBURN_ENGINE_AMOUNT_H
#define SLOBURN_ENGINE_AMOUNT_H

#include "base/text.h"

struct buf;
struct slo;

/* How an SLO's figures are said. Borrowed texts. */
struct amount_form {
    struct text kind;     /* as the API has it: "events", "percentile", "mean", "score", "minutes", "total" */
    struct text unit;     /* "query" */
    struct text currency; /* "KRW"; "": it is no money */
    struct text time;     /* what a time is counted in: "s", "ms"; "": it is none */
    double scale;         /* of what is spent */
};

struct amount_form amount_form_of(const struct slo *slo);
const char *slo_kind_text(const struct slo *slo);
/* What is spent, or attained, is money or another amount: a mean or a total. */
bool amount_is_mean(const struct amount_form *form);

/* 1,234,567.50, with that many decimals */
void amount_print_grouped(double value, int decimals, struct buf *out);
/* ₩9.12, $0.0042, 12.50 CHF. With this many decimals; -1: as many as the currency usually has, cents where
 * the amount is large. */
void amount_print_money(struct text currency, double amount, int decimals, struct buf *out);
/* An amount of a mean or total in its natural unit: money, "0.25 s", or a plain number. */
void amount_print(const struct amount_form *form, double amount, int decimals, struct buf *out);
/* "queries", "query" for 1 */
void amount_print_noun(const struct amount_form *form, double n, struct buf *out);
/* "1,234,567 queries" */
void amount_print_units(const struct amount_form *form, double units, struct buf *out);
/* What was spent, allowed or left, in 1/scale: "1,234 bad queries", "₩1,234,567.00", "812.5 points"; without
 * the noun "1,234", "₩1,234,567.00", "812.5". */
void amount_print_spent(const struct amount_form *form, double spent, bool noun, struct buf *out);
/* What of a budget is left: "₩4,100.00 of ₩10,000.00", "29,429 of 41,491 bad queries" */
void amount_print_left(const struct amount_form *form, double left, double allowed, struct buf *out);
/* The unit of what is spent: "KRW", "s", "points", "bad queries". */
void amount_print_unit_of_spent(const struct amount_form *form, struct buf *out);

#endif
