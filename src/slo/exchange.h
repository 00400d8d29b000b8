/* exchange: an SLO whose metric counts another currency than its contract states ("currency:").
 *
 * With a fixed rate everything of the SLO, its target included, is in the counted currency, and `stated` is
 * for people. With a series each difference is converted as it is counted, by the rate of its minute
 * (rates.c), and everything is in the stated one. */
#ifndef SLOBURN_SLO_EXCHANGE_H
#define SLOBURN_SLO_EXCHANGE_H

#include "base/text.h"

#include <stdint.h>

struct expr;

struct slo_exchange {
    struct text counted;       /* "USD", of the metric; "": no exchange */
    struct text stated;        /* "KRW", of the objective */
    int64_t rate_billionths;   /* fixed: of one unit of the counted currency in the stated one; else 0 */
    struct text date;          /* of a fixed rate: "2026-11-01" */
    const struct expr *series; /* selector of the rate; NULL: it is fixed */
    struct text selector;      /* the same, canonical */
    int64_t max_age_ms;        /* of a sample of the series: so long the last known rate goes on */
};

#endif
