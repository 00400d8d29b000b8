/* Reads eval commands and their expectations. */
#include "base/duration.h"
#include "base/number.h"
#include "base/regex.h"
#include "base/vec.h"
#include "promql/literal.h"

#include "script_command.h"

#include <ctype.h>
#include <stdlib.h>

bool script_next_line(struct script_lines *lines)
{
    if (lines->rest.len == 0)
        return false;
    lines->line = text_trim(text_cut(&lines->rest, '\n'));
    lines->number++;
    if (lines->line.len && lines->line.at[0] == '#' && !text_starts(lines->line, TEXT("#!set ")))
        lines->line = TEXT("");
    return true;
}

static struct text take_word(struct text *rest)
{
    size_t n = 0;
    while (n < rest->len && !isspace((unsigned char)rest->at[n]))
        n++;
    struct text word = text_part(*rest, 0, n);
    *rest = text_trim(text_part(*rest, n, rest->len));
    return word;
}

static bool take_time(struct text *rest, int64_t *ms, struct err *err)
{
    struct text word = take_word(rest);
    return duration_parse(word, ms, err);
}

static bool expect_word(struct text *rest, const char *wanted, struct err *err)
{
    struct text word = take_word(rest);
    return text_is(word, wanted) ||
           err_set(err, ERR_INPUT, "expected \"%s\", not \"%.*s\"", wanted, TEXT_ARG(word));
}

/* from A to B step S */
static bool take_range(struct text *rest, int64_t *from_ms, int64_t *to_ms, int64_t *step_ms, struct err *err)
{
    return expect_word(rest, "from", err) && take_time(rest, from_ms, err) && expect_word(rest, "to", err) &&
           take_time(rest, to_ms, err) && expect_word(rest, "step", err) && take_time(rest, step_ms, err);
}

static bool read_command(struct text line, struct script_eval *out, struct err *err)
{
    struct text rest = line;
    struct text word = take_word(&rest);
    struct text kind = take_word(&rest);
    if (text_is(word, "eval_fail"))
        out->expect.fails = true;
    else if (text_is(word, "eval_warn"))
        out->expect.warns = true;
    else if (text_is(word, "eval_info"))
        out->expect.infos = true;
    else if (text_is(word, "eval_ordered"))
        out->expect.ordered = true;
    else if (!text_is(word, "eval"))
        return err_set(err, ERR_INPUT, "invalid command \"%.*s\"", TEXT_ARG(word));
    if (text_is(kind, "instant")) {
        if (!expect_word(&rest, "at", err) || !take_time(&rest, &out->query.start_ms, err))
            return false;
        out->query.end_ms = out->query.start_ms;
    } else if (text_is(kind, "range")) {
        if (!take_range(&rest, &out->query.start_ms, &out->query.end_ms, &out->query.step_ms, err))
            return false;
        if (out->query.end_ms < out->query.start_ms || out->query.step_ms <= 0)
            return err_set(err, ERR_INPUT, "the range ends before it starts, or has no step");
    } else {
        return err_set(err, ERR_INPUT, "neither instant nor range: \"%.*s\"", TEXT_ARG(line));
    }
    out->expr = rest;
    return rest.len > 0 || err_set(err, ERR_INPUT, "no expression");
}

struct reader {
    struct label_table *table;
    struct arena *arena;
    struct regex_set *regexes;
    struct script_eval *eval;
    VEC(struct script_series) series;
    VEC(struct expected_message) messages;
};

static bool add_message(struct reader *r, enum message_kind kind, bool regex, struct text text,
                        struct err *err)
{
    struct expected_message message = {kind, text, NULL};
    if (regex && !(message.regex = regex_compile_search(r->regexes, text, err)))
        return false;
    VEC_PUSH(&r->messages, message);
    return true;
}

/* fail|warn|info [msg: TEXT|regex: RE] */
static bool read_message(struct reader *r, enum message_kind kind, struct text rest, struct err *err)
{
    if (rest.len == 0)
        return true;
    struct text how = text_cut(&rest, ':');
    if (!text_is(how, "msg") && !text_is(how, "regex"))
        return err_set(err, ERR_INPUT, "expected msg: or regex:, not \"%.*s\"", TEXT_ARG(how));
    return add_message(r, kind, text_is(how, "regex"), text_trim(rest), err);
}

static bool read_string(struct reader *r, struct text rest, struct err *err)
{
    struct expectations *e = &r->eval->expect;
    e->has_string = true;
    if (rest.len < 2 || !strchr("\"`", rest.at[0]) || rest.at[rest.len - 1] != rest.at[0])
        return err_set(err, ERR_INPUT, "not a string: %.*s", TEXT_ARG(rest));
    e->string = string_unquote(rest, r->arena);
    return true;
}

static bool read_expect(struct reader *r, struct text rest, struct err *err)
{
    struct expectations *e = &r->eval->expect;
    struct text word = take_word(&rest);
    if (text_is(word, "ordered"))
        return e->ordered = true;
    if (text_is(word, "no_warn"))
        return e->no_warn = true;
    if (text_is(word, "no_info"))
        return e->no_info = true;
    if (text_is(word, "string"))
        return read_string(r, rest, err);
    if (text_is(word, "fail")) {
        e->fails = true;
        return read_message(r, MESSAGE_FAIL, rest, err);
    }
    if (text_is(word, "warn")) {
        e->warns = true;
        return read_message(r, MESSAGE_WARN, rest, err);
    }
    if (text_is(word, "info")) {
        e->infos = true;
        return read_message(r, MESSAGE_INFO, rest, err);
    }
    if (text_is(word, "range")) {
        e->range_vector = true;
        return expect_word(&rest, "vector", err) &&
               take_range(&rest, &e->range_start_ms, &e->range_end_ms, &e->range_step_ms, err);
    }
    return err_set(err, ERR_INPUT, "unknown expectation \"%.*s\"", TEXT_ARG(word));
}

/* A number alone, as Go reads it: ParseInt with base 0, else ParseFloat. */
static bool read_number(struct text line, double *value)
{
    char digits[64];
    if (line.len == 0 || line.len >= sizeof digits)
        return false;
    memcpy(digits, line.at, line.len);
    digits[line.len] = '\0';
    char *end;
    long long whole = strtoll(digits, &end, 0);
    if (*end == '\0' && !isspace((unsigned char)digits[0])) {
        *value = (double)whole;
        return true;
    }
    return number_parse(line, value);
}

static bool read_line(struct reader *r, struct script_lines *lines, struct err *err)
{
    struct expectations *e = &r->eval->expect;
    struct text rest = lines->line;
    struct text word = take_word(&rest);
    if (text_is(word, "expect"))
        return read_expect(r, rest, err);
    if (text_is(word, "expected_fail_message"))
        return add_message(r, MESSAGE_FAIL, false, rest, err);
    if (text_is(word, "expected_fail_regexp"))
        return add_message(r, MESSAGE_FAIL, true, rest, err);
    if (read_number(lines->line, &e->scalar))
        return e->has_scalar = true;
    struct script_series series = {.line = lines->number};
    if (!script_series_parse(lines->line, r->table, r->arena, &series, err))
        return false;
    if (r->eval->query.step_ms == 0 && !e->range_vector && series.n_values > 1)
        return err_set(err, ERR_INPUT, "several values for an instant query without \"expect range vector\"");
    VEC_PUSH(&r->series, series);
    return true;
}

bool script_read_eval(struct script_lines *lines, struct label_table *table, struct arena *arena,
                      struct regex_set *regexes, struct script_eval *out, struct err *err)
{
    struct reader r = {.table = table, .arena = arena, .regexes = regexes, .eval = out};
    *out = (struct script_eval){.line = lines->number};
    bool ok = read_command(lines->line, out, err);
    while (script_next_line(lines) && lines->line.len)
        ok = ok && read_line(&r, lines, err);
    struct expectations *e = &out->expect;
    e->n_series = r.series.len;
    e->n_messages = r.messages.len;
    e->series = ARENA_ARRAY(arena, struct script_series, e->n_series);
    e->messages = ARENA_ARRAY(arena, struct expected_message, e->n_messages);
    if (e->n_series)
        memcpy(e->series, r.series.at, e->n_series * sizeof *e->series);
    if (e->n_messages)
        memcpy(e->messages, r.messages.at, e->n_messages * sizeof *e->messages);
    VEC_FREE(&r.series);
    VEC_FREE(&r.messages);
    if (ok && (e->has_scalar || e->has_string) && e->n_series)
        return err_set(err, ERR_INPUT, "a scalar or string must be the only expected value");
    return ok;
}
