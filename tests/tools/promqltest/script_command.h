/* script_command: what a line of a script says, between the files of the runner. Texts are borrowed from the
 * file. */
#ifndef SLOBURN_TESTS_SCRIPT_COMMAND_H
#define SLOBURN_TESTS_SCRIPT_COMMAND_H

#include "base/arena.h"
#include "base/labels.h"
#include "base/text.h"
#include "promql/eval.h"
#include "support/test_source.h"

struct regex_set;

/* One value of a series description. */
struct script_value {
    bool omitted;
    bool histogram;
    double value;
};

struct script_series {
    const struct labels *labels;
    struct script_value *values;
    size_t n_values;
    bool start_times; /* a line of start timestamps: values are offsets in seconds */
    int line;
};

/* Reads `metric{a="b"} 1 2 3`. */
NODISCARD bool script_series_parse(struct text line, struct label_table *table, struct arena *arena,
                                   struct script_series *out, struct err *err);

enum message_kind { MESSAGE_FAIL, MESSAGE_WARN, MESSAGE_INFO };

struct expected_message {
    enum message_kind kind;
    struct text text;          /* exact, where regex is NULL */
    const struct regex *regex; /* searched for */
};

struct expectations {
    bool ordered;
    bool fails;
    bool warns;
    bool no_warn;
    bool infos;
    bool no_info;
    struct expected_message *messages;
    size_t n_messages;
    bool has_scalar;
    double scalar;
    bool has_string;
    struct text string;
    bool range_vector;
    int64_t range_start_ms;
    int64_t range_end_ms;
    int64_t range_step_ms;
    struct script_series *series;
    size_t n_series;
};

struct script_eval {
    int line;
    struct text expr;
    struct promql_query query;
    struct expectations expect;
};

/* The lines of a file. Comments are blank, ends are trimmed. */
struct script_lines {
    struct text rest;
    struct text line; /* the current one */
    int number;
};

bool script_next_line(struct script_lines *lines);

/* Reads the eval on the current line and its expectations, up to a blank line. */
NODISCARD bool script_read_eval(struct script_lines *lines, struct label_table *table, struct arena *arena,
                                struct regex_set *regexes, struct script_eval *out, struct err *err);
/* Reads the load on the current line with its series into the source. */
NODISCARD bool script_read_load(struct script_lines *lines, struct test_source *source, struct err *err);

/* Compares a result; false with what differs. */
bool script_compare(const struct script_eval *eval, const struct promql_result *result, struct err *err);
bool script_compare_scalar(const struct script_eval *eval, double value, struct err *err);
bool script_check_annotations(const struct expectations *expect, const struct promql_result *result,
                              struct err *err);
bool script_check_failure(const struct expectations *expect, const char *message, struct err *err);
/* The middle step of a range query, against an instant query's expectation. */
bool script_compare_step(const struct script_eval *eval, const struct promql_result *range, int64_t time_ms,
                         struct err *err);

struct script_settings {
    struct promql_options options;
    long time_limit; /* > 0: expired() turns true at this question */
};

enum eval_outcome { EVAL_PASSED, EVAL_FAILED, EVAL_SKIPPED };

/* Runs an eval with all its hidden repeats. */
enum eval_outcome script_run_eval(const struct script_eval *eval, struct test_source *source,
                                  const struct script_settings *settings, struct label_table *table,
                                  struct err *err);

#endif
