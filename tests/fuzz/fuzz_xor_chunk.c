// rooms: source
/* Any bytes as a chunk: refused, or its times rise and what was read is written and read again bit for bit.
 */
#include "base/memory.h"
#include "source/xor_chunk.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const int64_t *times_ms, const double *values, size_t n)
{
    uint8_t *chunk = memory_alloc(XOR_CHUNK_BYTES_MAX + n * XOR_SAMPLE_BYTES_MAX);
    int64_t *times_again = memory_resize(NULL, n, sizeof *times_again);
    double *values_again = memory_resize(NULL, n, sizeof *values_again);
    size_t len = xor_chunk_encode(times_ms, values, n, chunk);
    assert(len <= XOR_CHUNK_BYTES_MAX + n * XOR_SAMPLE_BYTES_MAX);
    bool good = xor_chunk_decode(chunk, len, times_again, values_again);
    assert(good && memcmp(times_ms, times_again, n * sizeof *times_ms) == 0);
    assert(memcmp(values, values_again, n * sizeof *values) == 0);
    memory_free(values_again);
    memory_free(times_again);
    memory_free(chunk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n = xor_chunk_count(data, size);
    int64_t *times_ms = memory_resize(NULL, n + 1, sizeof *times_ms);
    double *values = memory_resize(NULL, n + 1, sizeof *values);
    if (xor_chunk_decode(data, size, times_ms, values) && n > 0) {
        for (size_t i = 1; i < n; i++)
            assert(times_ms[i] > times_ms[i - 1]);
        write_and_read(times_ms, values, n);
    }
    memory_free(values);
    memory_free(times_ms);
    return 0;
}
