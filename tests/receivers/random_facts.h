/* random_facts: facts made of any bytes, with texts that are hostile more often than chance would have it:
 * mentions, entities, what is not UTF-8, and repeated until they are huge. The same bytes make the same
 * facts. */
#ifndef SLOBURN_TESTS_RECEIVERS_RANDOM_FACTS_H
#define SLOBURN_TESTS_RECEIVERS_RANDOM_FACTS_H

#include "base/arena.h"
#include "notify/facts.h"

struct random_bytes {
    const uint8_t *at;
    size_t len;
};

static inline uint8_t random_byte(struct random_bytes *bytes)
{
    if (bytes->len == 0)
        return 0;
    bytes->len--;
    return *bytes->at++;
}

static inline int64_t random_int64(struct random_bytes *bytes)
{
    uint64_t value = 0;
    unsigned size = random_byte(bytes) % 9;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | random_byte(bytes);
    return (int64_t)value;
}

static inline double random_double(struct random_bytes *bytes)
{
    static const double corners[] = {0, -1, 0.5, 1e308, -1e-300, 14.4, 100};
    uint8_t which = random_byte(bytes);
    if (which < 7)
        return corners[which];
    if (which == 7)
        return (double)__builtin_inff();
    if (which == 8)
        return (double)__builtin_nanf("");
    return (double)random_int64(bytes) / 1000;
}

static inline struct text random_text(struct random_bytes *bytes, struct arena *arena)
{
    static const char *const hostile[] = {"<!channel>",
                                          "<!here|x>",
                                          "<@U123>",
                                          "<#C1>",
                                          "<!subteam^S1>",
                                          "a & b < c > d",
                                          "&amp;&lt;&gt;",
                                          "*bold* _it_ ~s~ `c`",
                                          "</section>",
                                          "\"quoted\\\"",
                                          "\r\n\t\x01\x1b[31m",
                                          "\xed\xa0\x80\xff\xc0\xaf",
                                          "\xf0\x9f\x94\xa5",
                                          "한국어 메시지",
                                          "\xe2\x80\xae reversed",
                                          "abc",
                                          "https://runbooks.example/a?b=c&d=e",
                                          "https://x/<!channel>|y",
                                          "http://",
                                          "javascript:alert(1)",
                                          "https://example.com/\xed\x95\x9c",
                                          "   ",
                                          "@channel",
                                          "<!date^1^x|y>",
                                          "|",
                                          "\xe2\x80\xa8"};
    uint8_t form = random_byte(bytes);
    struct text piece;
    if (form < 128) {
        piece = text_of(hostile[form % (sizeof hostile / sizeof hostile[0])]);
    } else {
        size_t wanted = random_byte(bytes);
        piece = (struct text){(const char *)bytes->at, wanted < bytes->len ? wanted : bytes->len};
        bytes->at += piece.len;
        bytes->len -= piece.len;
    }
    uint8_t repeat = random_byte(bytes);
    size_t times = repeat < 200 ? 1 : repeat < 240 ? repeat : (size_t)repeat * 40;
    char *all = arena_alloc(arena, piece.len * times + 1, 1);
    for (size_t i = 0; i < times && piece.len; i++)
        memcpy(all + i * piece.len, piece.at, piece.len);
    return (struct text){all, piece.len * times};
}

static inline size_t random_count(struct random_bytes *bytes)
{
    uint8_t n = random_byte(bytes);
    return n < 200 ? n % 5 : n;
}

static inline struct fact_pair *random_pairs(struct random_bytes *bytes, struct arena *arena, size_t *n)
{
    *n = random_count(bytes);
    struct fact_pair *pairs = ARENA_ARRAY(arena, struct fact_pair, *n);
    for (size_t i = 0; i < *n; i++) {
        pairs[i].name = random_text(bytes, arena);
        pairs[i].value = random_text(bytes, arena);
    }
    return pairs;
}

static inline void random_facts(struct random_bytes *bytes, struct arena *arena, struct facts *facts)
{
    *facts = (struct facts){.kind = (enum fact_kind)(random_byte(bytes) % 4),
                            .class = (enum incident_class)(random_byte(bytes) % 2),
                            .severity = (enum severity)(1 + random_byte(bytes) % 4),
                            .late = random_byte(bytes) & 1,
                            .has_budget = random_byte(bytes) & 1,
                            .has_value = random_byte(bytes) & 1};
    struct text *texts[] = {
        &facts->incident,    &facts->environment, &facts->service,       &facts->subject,
        &facts->group,       &facts->owner,       &facts->what,          &facts->impact,
        &facts->reason,      &facts->burn_window, &facts->budget_window, &facts->budget_amount,
        &facts->last_change, &facts->first_step,  &facts->runbook,       &facts->page};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = random_text(bytes, arena);
    facts->slot_ms = random_int64(bytes);
    facts->since_ms = random_int64(bytes);
    facts->resolved_ms = random_int64(bytes);
    facts->exhausted_in_ms = random_int64(bytes);
    facts->burn_rate = random_double(bytes);
    facts->budget_left = random_double(bytes);
    facts->value = random_double(bytes);
    facts->links = random_pairs(bytes, arena, &facts->n_links);
    facts->labels = random_pairs(bytes, arena, &facts->n_labels);
    facts->annotations = random_pairs(bytes, arena, &facts->n_annotations);
    facts->n_lines = random_count(bytes);
    facts->lines = ARENA_ARRAY(arena, struct text, facts->n_lines);
    for (size_t i = 0; i < facts->n_lines; i++)
        facts->lines[i] = random_text(bytes, arena);
}

#endif
