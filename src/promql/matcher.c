/* One matcher and one label set. */
#include "promql/matcher.h"

#include "base/labels.h"
#include "base/regex.h"

bool matcher_matches_value(const struct matcher *matcher, struct text value)
{
    switch (matcher->op) {
    case MATCH_EQ:
        return text_eq(value, matcher->value);
    case MATCH_NE:
        return !text_eq(value, matcher->value);
    case MATCH_RE:
        return regex_matches(matcher->regex, value, NULL);
    case MATCH_NRE:
        return !regex_matches(matcher->regex, value, NULL);
    }
    return false;
}

bool matcher_matches(const struct matcher *matcher, const struct labels *labels)
{
    return matcher_matches_value(matcher, labels_value(labels, matcher->name));
}
