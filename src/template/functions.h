/* functions: what the built in functions share. Each family is a file; functions_table.c lists them all. */
#ifndef SLOBURN_TEMPLATE_FUNCTIONS_H
#define SLOBURN_TEMPLATE_FUNCTIONS_H

#include "base/buf.h"
#include "template/template.h"

/* Largest text that one function call may make. */
enum { TEMPLATE_TEXT_MAX = 4 << 20 };

/* For functions: the text in `made` becomes the result, and `made` is finished. False, ERR_LIMIT, if it
 * overflowed. */
NODISCARD bool template_give_text(const struct template_call *call, struct buf *made,
                                  struct template_value *result, struct err *err);
/* An argument that must be a string. */
NODISCARD bool template_take_text(const struct template_value *arg, struct text *text, struct err *err);
/* An argument that must be a number, or a string that reads as one. */
NODISCARD bool template_take_number(const struct template_value *arg, double *number, struct err *err);
/* All arguments as Go's Sprint joins them: a space between two that are both no strings; println: always. */
void template_sprint(const struct template_value *args, size_t n, bool always_space, struct buf *out);
/* fmt.Sprintf. */
void template_printf(struct text format, const struct template_value *args, size_t n, struct buf *out);
/* A field without arguments, or a method, of a receiver that is no map. ERR_INPUT if it has none of that
 * name. */
NODISCARD bool template_method(const struct template_call *call, const struct template_value *receiver,
                               struct text name, const struct template_value *args, size_t n,
                               struct template_value *result, struct err *err);

template_function_body template_fn_not, template_fn_len, template_fn_index, template_fn_slice,
    template_fn_print, template_fn_printf, template_fn_println, template_fn_html, template_fn_js,
    template_fn_urlquery, template_fn_call;
template_function_body template_fn_eq, template_fn_ne, template_fn_lt, template_fn_le, template_fn_gt,
    template_fn_ge;
template_function_body template_fn_first, template_fn_label, template_fn_value, template_fn_strvalue,
    template_fn_sort_by_label, template_fn_args;
template_function_body template_fn_title, template_fn_to_upper, template_fn_to_lower, template_fn_safe_html,
    template_fn_match, template_fn_re_replace_all, template_fn_strip_port, template_fn_strip_domain,
    template_fn_url_query_escape, template_fn_external_url, template_fn_path_prefix, template_fn_graph_link,
    template_fn_table_link;
template_function_body template_fn_humanize, template_fn_humanize_1024, template_fn_humanize_duration,
    template_fn_humanize_percentage, template_fn_humanize_timestamp, template_fn_to_time,
    template_fn_to_duration, template_fn_now, template_fn_parse_duration;

#endif
