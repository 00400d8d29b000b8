/* Every built in function: Go's, then Prometheus'. `query` is the caller's, it asks a server. */
#include "template/functions.h"
#include "template/tree.h"

/* clang-format off */
static const struct template_function table[] = {
    {"and", 1, -1, NULL}, /* evaluated lazily by expand.c */
    {"or", 1, -1, NULL},
    {"not", 1, 1, template_fn_not},
    {"len", 1, 1, template_fn_len},
    {"index", 1, -1, template_fn_index},
    {"slice", 1, 4, template_fn_slice},
    {"print", 0, -1, template_fn_print},
    {"printf", 1, -1, template_fn_printf},
    {"println", 0, -1, template_fn_println},
    {"html", 0, -1, template_fn_html},
    {"js", 0, -1, template_fn_js},
    {"urlquery", 0, -1, template_fn_urlquery},
    {"call", 1, -1, template_fn_call},
    {"eq", 1, -1, template_fn_eq},
    {"ne", 2, 2, template_fn_ne},
    {"lt", 2, 2, template_fn_lt},
    {"le", 2, 2, template_fn_le},
    {"gt", 2, 2, template_fn_gt},
    {"ge", 2, 2, template_fn_ge},
    {"first", 1, 1, template_fn_first},
    {"label", 2, 2, template_fn_label},
    {"value", 1, 1, template_fn_value},
    {"strvalue", 1, 1, template_fn_strvalue},
    {"sortByLabel", 2, 2, template_fn_sort_by_label},
    {"args", 0, -1, template_fn_args},
    {"reReplaceAll", 3, 3, template_fn_re_replace_all},
    {"match", 2, 2, template_fn_match},
    {"title", 1, 1, template_fn_title},
    {"toUpper", 1, 1, template_fn_to_upper},
    {"toLower", 1, 1, template_fn_to_lower},
    {"safeHtml", 1, 1, template_fn_safe_html},
    {"graphLink", 1, 1, template_fn_graph_link},
    {"tableLink", 1, 1, template_fn_table_link},
    {"stripPort", 1, 1, template_fn_strip_port},
    {"stripDomain", 1, 1, template_fn_strip_domain},
    {"humanize", 1, 1, template_fn_humanize},
    {"humanize1024", 1, 1, template_fn_humanize_1024},
    {"humanizeDuration", 1, 1, template_fn_humanize_duration},
    {"humanizePercentage", 1, 1, template_fn_humanize_percentage},
    {"humanizeTimestamp", 1, 1, template_fn_humanize_timestamp},
    {"toTime", 1, 1, template_fn_to_time},
    {"toDuration", 1, 1, template_fn_to_duration},
    {"now", 0, 0, template_fn_now},
    {"parseDuration", 1, 1, template_fn_parse_duration},
    {"pathPrefix", 0, 0, template_fn_path_prefix},
    {"externalURL", 0, 0, template_fn_external_url},
    {"urlQueryEscape", 1, 1, template_fn_url_query_escape},
};
/* clang-format on */

const struct template_function *template_builtin(struct text name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (text_is(name, table[i].name))
            return &table[i];
    return NULL;
}
