/* Phrases from facts. */
#include "receivers/wording.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/number.h"
#include "base/timezone.h"

#define YEAR_10000_MS 253402300800000LL

enum { DIGITS = 3 };

void wording_subject(const struct facts *facts, struct buf *out)
{
    buf_add_text(out, facts->service);
    if (facts->service.len && facts->subject.len)
        buf_putc(out, ' ');
    buf_add_text(out, facts->subject);
    if (facts->group.len) {
        buf_puts(out, " (");
        buf_add_text(out, facts->group);
        buf_putc(out, ')');
    }
}

void wording_title(const struct facts *facts, struct buf *out)
{
    switch (facts->kind) {
    case FACT_OPEN:
        buf_printf(out, "%s ", severity_name(facts->severity));
        break;
    case FACT_UPDATE:
        buf_printf(out, "%s (update) ", severity_name(facts->severity));
        break;
    case FACT_RESOLVE:
        buf_puts(out, "resolved: ");
        break;
    case FACT_SUMMARY:
        buf_puts(out, "for information: ");
        break;
    }
    wording_subject(facts, out);
}

void wording_headline(const struct facts *facts, struct buf *out)
{
    wording_title(facts, out);
    if (facts->what.len) {
        buf_puts(out, ": ");
        buf_add_text(out, facts->what);
    }
}

void wording_budget_left(const struct facts *facts, struct buf *out)
{
    number_print_g(100 * facts->budget_left, DIGITS, out);
    buf_puts(out, " %");
    if (facts->budget_window.len) {
        buf_puts(out, " of ");
        buf_add_text(out, facts->budget_window);
    }
    if (facts->budget_amount.len) {
        buf_puts(out, ": ");
        buf_add_text(out, facts->budget_amount);
    }
}

void wording_burn(const struct facts *facts, struct buf *out)
{
    number_print_g(facts->burn_rate, DIGITS, out);
    buf_puts(out, " ×");
    if (facts->burn_window.len) {
        buf_puts(out, " over ");
        buf_add_text(out, facts->burn_window);
    }
}

void wording_exhausted(const struct facts *facts, struct buf *out)
{
    if (facts->exhausted_in_ms < 0) {
        buf_puts(out, "not in sight at this rate");
    } else if (facts->exhausted_in_ms == 0) {
        buf_puts(out, "already gone");
    } else {
        duration_print_human(facts->exhausted_in_ms, out);
        buf_puts(out, " at this rate");
    }
}

void wording_lasted(const struct facts *facts, struct buf *out)
{
    int64_t end_ms = facts->kind == FACT_RESOLVE && facts->resolved_ms ? facts->resolved_ms : facts->slot_ms;
    bool sane = facts->since_ms >= 0 && end_ms >= facts->since_ms;
    duration_print_human(sane ? end_ms - facts->since_ms : 0, out);
}

bool wording_time(int64_t ms, struct buf *out)
{
    if (ms <= 0 || ms >= YEAR_10000_MS)
        return false;
    civil_print(NULL, ms, out);
    return true;
}
