/* token: what the lexer cuts an expression into. The kinds, their names and the way an error describes them
 * are those of Prometheus: texts like `unexpected <op:*>` are an interface that people search for. */
#ifndef SLOBURN_PROMQL_TOKEN_H
#define SLOBURN_PROMQL_TOKEN_H

#include "base/text.h"

#include <stdbool.h>

struct buf;

enum token_kind {
    TOKEN_EOF,
    TOKEN_ERROR, /* the lexer has set its error */
    TOKEN_EQL,   /* = */
    TOKEN_COLON,
    TOKEN_COMMA,
    TOKEN_LEFT_BRACE,
    TOKEN_RIGHT_BRACE,
    TOKEN_LEFT_BRACKET,
    TOKEN_RIGHT_BRACKET,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_NUMBER,
    TOKEN_DURATION,
    TOKEN_STRING,
    TOKEN_IDENTIFIER,
    TOKEN_METRIC_IDENTIFIER, /* with a colon */
    TOKEN_OPERATOR,          /* value: enum binary_op */
    TOKEN_MATCH_RE,          /* =~ */
    TOKEN_MATCH_NRE,         /* !~ */
    TOKEN_AT,
    TOKEN_AGGREGATE, /* value: enum aggregate_op */
    TOKEN_BOOL,
    TOKEN_BY,
    TOKEN_WITHOUT,
    TOKEN_ON,
    TOKEN_IGNORING,
    TOKEN_GROUP_LEFT,
    TOKEN_GROUP_RIGHT,
    TOKEN_OFFSET,
    TOKEN_ANCHORED,
    TOKEN_SMOOTHED,
    TOKEN_FILL,
    TOKEN_FILL_LEFT,
    TOKEN_FILL_RIGHT,
    TOKEN_START,
    TOKEN_END,
    TOKEN_STEP,
    TOKEN_RANGE,
    TOKEN_MIN_OF,
    TOKEN_MAX_OF,
    /* in series descriptions only */
    TOKEN_SPACE,
    TOKEN_BLANK, /* _ */
    TOKEN_TIMES, /* x */
    TOKEN_OPEN_HISTOGRAM,
    TOKEN_CLOSE_HISTOGRAM,
    TOKEN_HISTOGRAM_KEY, /* value: enum histogram_key */
    TOKEN_RESET_HINT,    /* value: enum reset_hint of series_desc.h */
};

/* In the order of Prometheus' grammar: the number of a key shows in its error texts. */
enum histogram_key {
    KEY_SUM,
    KEY_COUNT,
    KEY_SCHEMA,
    KEY_OFFSET,
    KEY_NEGATIVE_OFFSET,
    KEY_BUCKETS,
    KEY_NEGATIVE_BUCKETS,
    KEY_ZERO_BUCKET,
    KEY_ZERO_WIDTH,
    KEY_CUSTOM_VALUES,
    KEY_RESET_HINT,
    HISTOGRAM_KEYS,
};

struct token {
    enum token_kind kind;
    int value;
    size_t from; /* byte offset in the input */
    struct text text;
};

/* Gives a word of an expression its kind: keyword (in any case), identifier or metric identifier. */
void token_classify_word(struct token *token);
/* inf or nan, in any case. */
bool token_is_special_number(struct text word);
/* The words inside {{ }}; false if the word is none. */
bool token_find_histogram_key(struct text word, int *key);
bool token_find_reset_hint(struct text word, int *hint);
/* How "unexpected …" names it: <op:*>, identifier "x", number "5", end of input. */
void token_describe(const struct token *token, struct buf *out);
/* May stand for a metric's name at the start of an expression. */
bool token_may_name_metric(const struct token *token);
/* May stand for a label's name in a by, without, on, ignoring or group clause. */
bool token_may_name_label(const struct token *token);

#endif
