/* token: the words of the language and how errors name them. */
#include "promql/token.h"

#include "base/buf.h"
#include "base/labels.h"
#include "promql/ast.h"
#include "promql/literal.h"

#include <strings.h>

struct word {
    const char *name;
    enum token_kind kind;
    int value;
};

static const struct word words[] = {
    {"and", TOKEN_OPERATOR, BINARY_AND},
    {"or", TOKEN_OPERATOR, BINARY_OR},
    {"unless", TOKEN_OPERATOR, BINARY_UNLESS},
    {"atan2", TOKEN_OPERATOR, BINARY_ATAN2},
    {"sum", TOKEN_AGGREGATE, AGGREGATE_SUM},
    {"avg", TOKEN_AGGREGATE, AGGREGATE_AVG},
    {"count", TOKEN_AGGREGATE, AGGREGATE_COUNT},
    {"min", TOKEN_AGGREGATE, AGGREGATE_MIN},
    {"max", TOKEN_AGGREGATE, AGGREGATE_MAX},
    {"group", TOKEN_AGGREGATE, AGGREGATE_GROUP},
    {"stddev", TOKEN_AGGREGATE, AGGREGATE_STDDEV},
    {"stdvar", TOKEN_AGGREGATE, AGGREGATE_STDVAR},
    {"topk", TOKEN_AGGREGATE, AGGREGATE_TOPK},
    {"bottomk", TOKEN_AGGREGATE, AGGREGATE_BOTTOMK},
    {"count_values", TOKEN_AGGREGATE, AGGREGATE_COUNT_VALUES},
    {"quantile", TOKEN_AGGREGATE, AGGREGATE_QUANTILE},
    {"limitk", TOKEN_AGGREGATE, AGGREGATE_LIMITK},
    {"limit_ratio", TOKEN_AGGREGATE, AGGREGATE_LIMIT_RATIO},
    {"offset", TOKEN_OFFSET, 0},
    {"anchored", TOKEN_ANCHORED, 0},
    {"smoothed", TOKEN_SMOOTHED, 0},
    {"by", TOKEN_BY, 0},
    {"without", TOKEN_WITHOUT, 0},
    {"on", TOKEN_ON, 0},
    {"ignoring", TOKEN_IGNORING, 0},
    {"group_left", TOKEN_GROUP_LEFT, 0},
    {"group_right", TOKEN_GROUP_RIGHT, 0},
    {"fill", TOKEN_FILL, 0},
    {"fill_left", TOKEN_FILL_LEFT, 0},
    {"fill_right", TOKEN_FILL_RIGHT, 0},
    {"bool", TOKEN_BOOL, 0},
    {"start", TOKEN_START, 0},
    {"end", TOKEN_END, 0},
    {"step", TOKEN_STEP, 0},
    {"range", TOKEN_RANGE, 0},
    {"min_of", TOKEN_MIN_OF, 0},
    {"max_of", TOKEN_MAX_OF, 0},
    {"inf", TOKEN_NUMBER, 0},
    {"nan", TOKEN_NUMBER, 0},
};

static const char *const histogram_keys[HISTOGRAM_KEYS] = {
    [KEY_SUM] = "sum",
    [KEY_COUNT] = "count",
    [KEY_SCHEMA] = "schema",
    [KEY_OFFSET] = "offset",
    [KEY_NEGATIVE_OFFSET] = "n_offset",
    [KEY_BUCKETS] = "buckets",
    [KEY_NEGATIVE_BUCKETS] = "n_buckets",
    [KEY_ZERO_BUCKET] = "z_bucket",
    [KEY_ZERO_WIDTH] = "z_bucket_w",
    [KEY_CUSTOM_VALUES] = "custom_values",
    [KEY_RESET_HINT] = "counter_reset_hint",
};

static const char *const reset_hints[] = {"unknown", "reset", "not_reset", "gauge"};

/* The first numbers that Prometheus' grammar gives to these tokens: they show in its error texts. */
enum { FIRST_HISTOGRAM_KEY = 57370, FIRST_RESET_HINT = 57445 };

static bool word_is(struct text word, const char *name)
{
    return strlen(name) == word.len && strncasecmp(word.at, name, word.len) == 0;
}

void token_classify_word(struct token *token)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (word_is(token->text, words[i].name)) {
            token->kind = words[i].kind;
            token->value = words[i].value;
            return;
        }
    bool colon = text_find(token->text, ':') < token->text.len;
    token->kind = colon ? TOKEN_METRIC_IDENTIFIER : TOKEN_IDENTIFIER;
    token->value = 0;
}

bool token_is_special_number(struct text word)
{
    return word_is(word, "inf") || word_is(word, "nan");
}

static bool find_word(struct text word, const char *const *names, int n, int *found)
{
    for (int i = 0; i < n; i++)
        if (word_is(word, names[i])) {
            *found = i;
            return true;
        }
    return false;
}

bool token_find_histogram_key(struct text word, int *key)
{
    return find_word(word, histogram_keys, HISTOGRAM_KEYS, key);
}

bool token_find_reset_hint(struct text word, int *hint)
{
    return find_word(word, reset_hints, sizeof reset_hints / sizeof reset_hints[0], hint);
}

/* As Go's %.10q: of a long text the first ten characters and dots. */
static void describe_value(struct text value, struct buf *out)
{
    if (value.len <= 10) {
        text_print_quoted(value, out);
        return;
    }
    size_t cut = 0;
    for (int runes = 0; runes < 10 && cut < value.len; runes++) {
        size_t len;
        rune_at(value, cut, &len);
        cut += len;
    }
    text_print_quoted(text_part(value, 0, cut), out);
    buf_puts(out, "...");
}

static void describe_named(const char *name, struct text value, struct buf *out)
{
    buf_printf(out, "%s ", name);
    describe_value(value, out);
}

void token_describe(const struct token *token, struct buf *out)
{
    switch (token->kind) {
    case TOKEN_EOF:
        buf_puts(out, "end of input");
        break;
    case TOKEN_IDENTIFIER:
    case TOKEN_METRIC_IDENTIFIER:
        buf_puts(out, token->kind == TOKEN_IDENTIFIER ? "identifier " : "metric identifier ");
        text_print_quoted(token->text, out);
        break;
    case TOKEN_NUMBER:
        describe_named("number", token->text, out);
        break;
    case TOKEN_DURATION:
        describe_named("duration", token->text, out);
        break;
    case TOKEN_STRING:
        describe_named("string", token->text, out);
        break;
    case TOKEN_OPERATOR:
    case TOKEN_MATCH_RE:
    case TOKEN_MATCH_NRE:
    case TOKEN_AT:
        buf_printf(out, "<op:%.*s>", TEXT_ARG(token->text));
        break;
    case TOKEN_AGGREGATE:
        buf_printf(out, "<aggr:%.*s>", TEXT_ARG(token->text));
        break;
    case TOKEN_HISTOGRAM_KEY:
        buf_printf(out, "\"<Item %d>\" ", FIRST_HISTOGRAM_KEY + token->value);
        describe_value(token->text, out);
        break;
    case TOKEN_RESET_HINT:
        buf_printf(out, "\"<Item %d>\" ", FIRST_RESET_HINT + token->value);
        describe_value(token->text, out);
        break;
    default:
        if (token->kind >= TOKEN_BOOL && token->kind <= TOKEN_FILL_RIGHT)
            buf_printf(out, "<%.*s>", TEXT_ARG(token->text));
        else
            describe_value(token->text, out);
    }
}

bool token_may_name_metric(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_IDENTIFIER:
    case TOKEN_METRIC_IDENTIFIER:
    case TOKEN_AGGREGATE:
    case TOKEN_BY:
    case TOKEN_WITHOUT:
    case TOKEN_OFFSET:
    case TOKEN_ANCHORED:
    case TOKEN_SMOOTHED:
    case TOKEN_START:
    case TOKEN_END:
    case TOKEN_STEP:
    case TOKEN_RANGE:
    case TOKEN_MIN_OF:
    case TOKEN_MAX_OF:
        return true;
    case TOKEN_OPERATOR:
        return token->value == BINARY_AND || token->value == BINARY_OR || token->value == BINARY_UNLESS;
    default:
        return false;
    }
}

bool token_may_name_label(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_BOOL:
    case TOKEN_ON:
    case TOKEN_IGNORING:
    case TOKEN_GROUP_LEFT:
    case TOKEN_GROUP_RIGHT:
        return true;
    case TOKEN_OPERATOR:
        return token->value == BINARY_ATAN2 || token_may_name_metric(token);
    default:
        return token_may_name_metric(token);
    }
}
