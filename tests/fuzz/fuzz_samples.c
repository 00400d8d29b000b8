// rooms: source
/* Any bytes as an answer of the query API: it is taken, or refused with one line; what is taken keeps its
 * promises. */
#include "base/arena.h"
#include "source/samples.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAMPLES_MAX = 10000 };

static void check_series(const struct series *series)
{
    assert(series->len > 0 && series->labels);
    for (size_t i = 1; i < series->len; i++)
        assert(series->times_ms[i] > series->times_ms[i - 1]);
    for (size_t i = 0; i < series->labels->len; i++)
        assert(text_utf8_valid(symbol_text(series->labels->at[i].value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct label_table *table = label_table_new(NULL);
    struct arena arena;
    struct samples_answer answer;
    struct err err = {0};
    arena_init(&arena, 0);
    if (samples_scan((struct text){(const char *)data, size}, SAMPLES_MAX, table, &arena, &answer, &err)) {
        size_t n = 0;
        for (size_t i = 0; i < answer.series.len; i++) {
            check_series(&answer.series.at[i]);
            n += answer.series.at[i].len;
        }
        assert(n <= answer.n_samples && answer.n_samples <= SAMPLES_MAX);
    } else {
        assert(err.kind != ERR_NONE && err.message[0]);
        assert(!strpbrk(err.message, "\n\r"));
    }
    arena_finish(&arena);
    label_table_free(table);
    return 0;
}
