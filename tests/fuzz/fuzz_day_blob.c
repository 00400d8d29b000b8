// rooms: slo
/* Day blobs, forged so that their checksum is right: any bytes are refused, or give minutes that go round. */
#include "slo/day_blob.h"

#include "base/buf.h"
#include "base/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void forge(struct buf *out, const uint8_t *data, size_t size, int64_t day)
{
    buf_add(out, data, size);
    uint64_t sum = xxhash64(data, size) + (uint64_t)day * 0x9e3779b97f4a7c15ULL;
    for (int i = 0; i < 4; i++)
        buf_putc(out, (char)(unsigned char)(sum >> (8 * i)));
}

static bool decode(const struct buf *blob, int64_t day, struct minute *minutes, size_t *n)
{
    struct err err;
    return day_blob_decode((struct text){blob->at, blob->len}, day, minutes, n, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct minute minutes[DAY_MINUTES], again[DAY_MINUTES];
    int64_t day = size > 1 && data[1] ? 20000 : 0;
    struct buf blob, back;
    struct window_sum totals;
    size_t n, n_again;
    buf_init(&blob, DAY_BLOB_MAX_BYTES + 64);
    buf_init(&back, DAY_BLOB_MAX_BYTES);
    forge(&blob, data, size, day);
    if (size < DAY_BLOB_MAX_BYTES && decode(&blob, day, minutes, &n)) {
        day_blob_encode(minutes, n, &back, &totals);
        if (!decode(&back, day, again, &n_again) || n != n_again)
            abort();
        for (size_t i = 0; i < n; i++)
            if (again[i].minute != minutes[i].minute || again[i].units != minutes[i].units ||
                again[i].spent != minutes[i].spent || again[i].seen != minutes[i].seen)
                abort();
    }
    buf_finish(&blob);
    buf_finish(&back);
    return 0;
}
