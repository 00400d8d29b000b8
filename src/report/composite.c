/* Composites in words. */
#include "report/composite.h"

#include "base/buf.h"
#include "engine/phrase.h"

static struct text without_environment(const char *id)
{
    struct text rest = text_of(id);
    (void)text_cut(&rest, '/');
    return rest;
}

bool composite_is_worst(const struct json *composite)
{
    return text_is(text_of(phrase_text(composite, "kind")), "worst");
}

static bool is_known(const struct json *part)
{
    return !text_is(text_of(phrase_text(part, "verdict")), "insufficient");
}

const struct json *composite_find(const struct json *document, struct text id)
{
    const struct json *list = json_get(document, "composites");
    for (const struct json *c = json_first(list); c; c = json_next(c))
        if (text_is(id, phrase_text(c, "id")) || text_eq(id, without_environment(phrase_text(c, "id"))))
            return c;
    return NULL;
}

void composite_parts(const struct json *composite, struct buf *out)
{
    bool worst = composite_is_worst(composite);
    const char *between = worst ? "; the worst of " : "; used by ";
    for (const struct json *part = json_first(json_get(composite, "parts")); part; part = json_next(part)) {
        buf_puts(out, between);
        buf_add_text(out, without_environment(phrase_text(part, "id")));
        buf_putc(out, ' ');
        if (is_known(part))
            phrase_percent(phrase_number(part, worst ? "used_share" : "contribution"), out);
        else
            buf_puts(out, "not known");
        between = ", ";
    }
}

void composite_line(const struct json *composite, struct buf *out)
{
    buf_add_text(out, without_environment(phrase_text(composite, "id")));
    buf_puts(out, ": ");
    if (phrase_number(composite, "known_parts") > 0) {
        phrase_percent(phrase_number(composite, "left_share"), out);
        buf_printf(out, " left, %s", phrase_text(composite, "state"));
    } else {
        buf_puts(out, "not known yet");
    }
    composite_parts(composite, out);
    buf_putc(out, '\n');
}

static void put_said(const struct json *composite, const char *heading, const char *name, struct buf *out)
{
    if (*phrase_text(composite, name))
        buf_printf(out, "%s%s\n", heading, phrase_text(composite, name));
}

static void put_part(const struct json *composite, const struct json *part, struct buf *out)
{
    buf_puts(out, "  ");
    buf_add_text(out, without_environment(phrase_text(part, "id")));
    if (!is_known(part)) {
        buf_puts(out, ": not known, so it is left out\n");
        return;
    }
    buf_puts(out, " has used ");
    phrase_percent(phrase_number(part, "used_share"), out);
    buf_printf(out, " of its budget (%s)", phrase_text(part, "verdict"));
    if (!composite_is_worst(composite)) {
        buf_printf(out, "; by its weight of %g that is ", phrase_number(part, "weight"));
        phrase_percent(phrase_number(part, "contribution"), out);
    } else if (phrase_number(part, "contribution") > 0) {
        buf_puts(out, ": the worst");
    }
    buf_putc(out, '\n');
}

void composite_explain(const struct json *composite, struct buf *out)
{
    const struct json *uncorrected = json_get(composite, "uncorrected");
    buf_add_text(out, without_environment(phrase_text(composite, "id")));
    buf_printf(out, " in %s, made of other SLOs\n\n", phrase_text(composite, "environment"));
    put_said(composite, "Summary    ", "summary", out);
    put_said(composite, "Impact     ", "impact", out);
    put_said(composite, "Owner      ", "owner", out);
    put_said(composite, "Runbook    ", "runbook", out);
    buf_puts(out, "Budget     ");
    phrase_percent(phrase_number(composite, "left_share"), out);
    buf_printf(out, " left (%s)",
               phrase_number(composite, "known_parts") > 0 ? phrase_text(composite, "state")
                                                           : "not known yet");
    if (uncorrected) {
        buf_puts(out, "; without corrections ");
        phrase_percent(phrase_number(uncorrected, "left_share"), out);
        buf_printf(out, " (%s)", phrase_text(uncorrected, "state"));
    }
    buf_printf(out, "\nVerdict    %s\nFormula    %s\nAlerts     none of its own: its parts alert\n\nParts\n",
               phrase_verdict(composite),
               composite_is_worst(composite)
                   ? "used = the most that one of its parts has used"
                   : "used = sum of weight × used of each part ÷ sum of the weights");
    for (const struct json *part = json_first(json_get(composite, "parts")); part; part = json_next(part))
        put_part(composite, part, out);
}
