/* natural_order: compares texts as people sort them: runs of digits by their number, all else bytewise, so
 * that "a2" comes before "a10" (sort_by_label). */
#ifndef SLOBURN_PROMQL_NATURAL_ORDER_H
#define SLOBURN_PROMQL_NATURAL_ORDER_H

#include "base/text.h"

/* Below, at or above 0. Texts that differ only in leading zeros are equal. */
int natural_compare(struct text a, struct text b);

#endif
