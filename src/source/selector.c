/* Printing and matching of a selector's matchers. A label's name that needs quotes only exists on servers
 * that read quoted names (Prometheus 3), so that nothing is lost by writing them so. */
#include "source/selector.h"

#include "base/buf.h"
#include "promql/matcher.h"

bool selector_matches(const struct expr_selector *selector, const struct labels *labels)
{
    for (size_t i = 0; i < selector->n_matchers; i++) {
        if (!matcher_matches(&selector->matchers[i], labels))
            return false;
    }
    return true;
}

struct text selector_metric(const struct expr_selector *selector)
{
    for (size_t i = 0; i < selector->n_matchers; i++) {
        const struct matcher *matcher = &selector->matchers[i];
        if (matcher->op == MATCH_EQ && text_is(matcher->name, "__name__"))
            return matcher->value;
    }
    return TEXT("");
}

void selector_print(const struct expr_selector *selector, struct buf *out)
{
    static const char *const ops[] = {
        [MATCH_EQ] = "=", [MATCH_NE] = "!=", [MATCH_RE] = "=~", [MATCH_NRE] = "!~"};
    const char *separator = "";
    buf_putc(out, '{');
    for (size_t i = 0; i < selector->n_matchers; i++) {
        const struct matcher *matcher = &selector->matchers[i];
        buf_puts(out, separator);
        if (label_name_legacy_valid(matcher->name))
            buf_add_text(out, matcher->name);
        else
            text_print_quoted(matcher->name, out);
        buf_puts(out, ops[matcher->op]);
        text_print_quoted(matcher->value, out);
        separator = ",";
    }
    buf_putc(out, '}');
}
