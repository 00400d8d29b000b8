/* function: finds a row of the function table by name. Names are case-sensitive, as in Prometheus. */
#include "promql/function.h"

#include "promql/function_table.h"

#include <stddef.h>

const struct promql_function *promql_function_find(struct text name)
{
    size_t low = 0;
    size_t high = N_PROMQL_FUNCTIONS;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(name, text_of(PROMQL_FUNCTIONS[middle].name));
        if (order == 0)
            return &PROMQL_FUNCTIONS[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct promql_function *promql_functions(size_t *n)
{
    *n = N_PROMQL_FUNCTIONS;
    return PROMQL_FUNCTIONS;
}
