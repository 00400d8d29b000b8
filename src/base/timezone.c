/* Zones from TZif files (RFC 8536), version 2 or later: the 64-bit table of transitions, and the rule behind
 * it for later times. Nothing of libc's time zones is used: they are process-wide and not safe between
 * threads. */
#include "base/timezone.h"

#include "base/buf.h"
#include "base/memory.h"
#include "base/timezone_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    FILE_BYTES_MAX = 1 << 20,
    NAME_MAX_BYTES = 100,
    HEADER_BYTES = 44,
    HOUR = 3600,
    DAY = 86400,
    TYPE_BYTES = 6
};

struct transition {
    int64_t at;     /* seconds since 1970 */
    int32_t offset; /* seconds east of UTC from then on */
};

struct timezone_zone {
    char *name;
    struct transition *transitions;
    size_t n;
    int32_t first_offset; /* before the first transition */
    bool has_rule;        /* after the last one */
    struct timezone_rule rule;
};

/* The counts of a TZif header. */
struct header {
    uint32_t is_ut, is_std, leaps, times, types, chars;
};

static int64_t big_endian(const unsigned char *at, int n)
{
    uint64_t value = at[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | at[i];
    return (int64_t)value;
}

static bool read_header(struct text *rest, struct header *h)
{
    if (rest->len < HEADER_BYTES || memcmp(rest->at, "TZif", 4) != 0 || rest->at[4] < '2')
        return false;
    uint32_t *const fields[] = {&h->is_ut, &h->is_std, &h->leaps, &h->times, &h->types, &h->chars};
    for (size_t i = 0; i < 6; i++) {
        *fields[i] = (uint32_t)big_endian((const unsigned char *)rest->at + 20 + 4 * i, 4);
        if (*fields[i] > FILE_BYTES_MAX)
            return false;
    }
    *rest = text_part(*rest, HEADER_BYTES, rest->len);
    return h->types > 0;
}

static size_t body_bytes(const struct header *h, size_t time_bytes)
{
    return h->times * (time_bytes + 1) + h->types * (size_t)TYPE_BYTES + h->chars +
           h->leaps * (time_bytes + 4) + h->is_std + h->is_ut;
}

static bool read_tables(struct timezone_zone *zone, struct text body, const struct header *h)
{
    const unsigned char *times = (const unsigned char *)body.at;
    const unsigned char *indexes = times + (size_t)h->times * 8;
    const unsigned char *types = indexes + h->times;
    zone->first_offset = (int32_t)big_endian(types, 4);
    zone->n = h->times;
    zone->transitions = memory_alloc_zero(h->times ? h->times : 1, sizeof *zone->transitions);
    for (size_t i = 0; i < zone->n; i++) {
        if (indexes[i] >= h->types)
            return false;
        int64_t at = big_endian(times + 8 * i, 8);
        if (i > 0 && at <= zone->transitions[i - 1].at)
            return false;
        zone->transitions[i] =
            (struct transition){at, (int32_t)big_endian(types + (size_t)indexes[i] * TYPE_BYTES, 4)};
    }
    for (size_t i = 0; i < h->types; i++)
        if (llabs(big_endian(types + i * TYPE_BYTES, 4)) > INT64_C(26) * HOUR)
            return false;
    return true;
}

/* NULL: read; else what is wrong. */
static const char *read_zone(struct timezone_zone *zone, struct text content)
{
    struct header h;
    struct text rest = content;
    if (!read_header(&rest, &h) || rest.len < body_bytes(&h, 4))
        return "is not a TZif file of version 2 or later";
    rest = text_part(rest, body_bytes(&h, 4), rest.len);
    if (!read_header(&rest, &h) || rest.len < body_bytes(&h, 8))
        return "is cut short";
    if (h.leaps > 0)
        return "counts leap seconds, which Unix time does not";
    if (!read_tables(zone, rest, &h))
        return "is damaged";
    rest = text_part(rest, body_bytes(&h, 8), rest.len);
    if (rest.len < 2 || rest.at[0] != '\n' || text_find(text_part(rest, 1, rest.len), '\n') == rest.len - 1)
        return "is cut short";
    struct text rule = text_part(rest, 1, 1 + text_find(text_part(rest, 1, rest.len), '\n'));
    zone->has_rule = rule.len > 0;
    if (zone->has_rule && !timezone_rule_parse(rule, &zone->rule))
        return "has a rule that cannot be read";
    return NULL;
}

/* Letters, digits, +, - and _ between single slashes: nothing that leaves the folder. */
static bool name_is_safe(struct text name)
{
    char before = '/';
    if (name.len == 0 || name.len > NAME_MAX_BYTES || name.at[name.len - 1] == '/')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
                     c == '-' || c == '_';
        if (!plain && !(c == '/' && before != '/'))
            return false;
        before = c;
    }
    return true;
}

/* The file's bytes in `out`. */
static bool read_file(struct text name, struct buf *out, struct err *err)
{
    struct buf path;
    struct stat about;
    const char *folder = getenv("TZDIR");
    buf_init(&path, 4096);
    buf_printf(&path, "%s/%.*s", folder && *folder ? folder : "/usr/share/zoneinfo", TEXT_ARG(name));
    FILE *file = path.overflowed ? NULL : fopen(buf_cstring(&path), "rbe");
    bool found = file && fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode);
    char *room = found ? buf_reserve(out, FILE_BYTES_MAX) : NULL;
    if (room)
        out->len += fread(room, 1, FILE_BYTES_MAX, file);
    if (file)
        fclose(file);
    if (!found)
        err_set(err, ERR_INPUT, "unknown time zone \"%.*s\": there is no %s", TEXT_ARG(name),
                buf_cstring(&path));
    buf_finish(&path);
    return found;
}

struct timezone_zone *timezone_open(struct text name, struct err *err)
{
    if (!name_is_safe(name)) {
        err_set(err, ERR_INPUT, "\"%.*s\" is not the name of a time zone",
                (int)(name.len < 100 ? name.len : 100), name.at);
        return NULL;
    }
    struct timezone_zone *zone = memory_alloc_zero(1, sizeof *zone);
    zone->name = memory_copy_text(name.at, name.len);
    if (text_is(name, "UTC"))
        return zone;
    struct buf content;
    buf_init(&content, FILE_BYTES_MAX);
    bool ok = read_file(name, &content, err);
    const char *problem = ok ? read_zone(zone, buf_text(&content)) : NULL;
    buf_finish(&content);
    if (problem)
        ok = err_set(err, ERR_INPUT, "the file of time zone \"%s\" %s", zone->name, problem);
    if (ok)
        return zone;
    timezone_close(zone);
    return NULL;
}

void timezone_close(struct timezone_zone *zone)
{
    if (!zone)
        return;
    memory_free(zone->transitions);
    memory_free(zone->name);
    memory_free(zone);
}

const char *timezone_name(const struct timezone_zone *zone)
{
    return zone ? zone->name : "UTC";
}

int timezone_offset(const struct timezone_zone *zone, int64_t at)
{
    if (!zone)
        return 0;
    if (zone->n == 0 || at >= zone->transitions[zone->n - 1].at) {
        if (zone->has_rule)
            return timezone_rule_offset(&zone->rule, at);
        return zone->n ? zone->transitions[zone->n - 1].offset : zone->first_offset;
    }
    if (at < zone->transitions[0].at)
        return zone->first_offset;
    size_t low = 0, high = zone->n - 1; /* transitions[low] <= at < transitions[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zone->transitions[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return zone->transitions[low].offset;
}
