/* regex_reader: the place in a pattern that is being translated, shared by the two files that read RE2's
 * grammar: regex_syntax.c (sequences, groups, repeats) and regex_class.c (escapes and character classes). For
 * nobody else. */
#ifndef SLOBURN_BASE_REGEX_READER_H
#define SLOBURN_BASE_REGEX_READER_H

#include "base/regex_syntax.h"

struct arena;
struct buf;

struct regex_reader {
    struct text pattern;
    size_t at;
    struct buf *out;
    struct arena *arena;
    struct regex_groups *groups;
    size_t groups_cap;
    int depth;
    bool failed;
    struct err *err;
};

/* Keeps the first error, about pattern[from..to), and moves to the end of the pattern. */
void reader_fail(struct regex_reader *r, const char *what, size_t from, size_t to);
bool reader_more(const struct regex_reader *r);
/* The byte `ahead` of the place, or 0 behind the end. */
char reader_peek(const struct regex_reader *r, size_t ahead);
bool reader_looking_at(const struct regex_reader *r, const char *word);
/* Takes one character; the pattern is valid UTF-8. */
uint32_t reader_next_rune(struct regex_reader *r);
/* Writes a character as a literal. */
void reader_write_rune(struct regex_reader *r, uint32_t rune);

/* The place is at the backslash in these three, at "[" in the last. An escape that means one character: */
uint32_t reader_read_escape(struct regex_reader *r);
/* \pN, \P{Greek}: */
void reader_read_property(struct regex_reader *r);
/* \d \D \s \S \w \W, inside of brackets or outside; false, nothing read, if it is none of these: */
bool reader_read_perl_class(struct regex_reader *r, bool in_brackets);
void reader_read_class(struct regex_reader *r);

static inline bool reader_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool reader_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

#endif
