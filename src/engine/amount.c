/* Units, money, times and scores in words. */
#include "engine/amount.h"

#include "base/buf.h"
#include "slo/definition.h"

#include <math.h>

const char *slo_kind_text(const struct slo *slo)
{
    static const char *const kinds[] = {"events", "percentile", "mean", "score", "minutes", "total"};
    return kinds[slo->kind];
}

struct amount_form amount_form_of(const struct slo *slo)
{
    return (struct amount_form){.kind = text_of(slo_kind_text(slo)),
                                .unit = slo->unit,
                                .currency = slo->currency,
                                .time = slo->time_unit,
                                .scale = (double)slo->scale};
}

bool amount_is_mean(const struct amount_form *form)
{
    return text_is(form->kind, "mean") || text_is(form->kind, "total");
}

void amount_print_grouped(double value, int decimals, struct buf *out)
{
    struct buf digits;
    buf_init(&digits, 512);
    buf_printf(&digits, "%.*f", decimals, fabs(value));
    struct text whole = text_part(buf_text(&digits), 0, text_find(buf_text(&digits), '.'));
    if (value < 0)
        buf_puts(out, "−");
    for (size_t i = 0; i < whole.len; i++) {
        if (i && (whole.len - i) % 3 == 0)
            buf_putc(out, ',');
        buf_putc(out, whole.at[i]);
    }
    buf_add_text(out, text_part(buf_text(&digits), whole.len, digits.len));
    buf_finish(&digits);
}

struct currency_form {
    const char *code;
    const char *sign;
    int decimals;
};

static const struct currency_form currencies[] = {
    {"KRW", "₩", 2}, {"USD", "$", 4}, {"EUR", "€", 4}, {"GBP", "£", 4}, {"JPY", "¥", 2},
};

static const struct currency_form *currency_find(struct text code)
{
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++)
        if (text_is(code, currencies[i].code))
            return &currencies[i];
    return NULL;
}

void amount_print_money(struct text code, double amount, int decimals, struct buf *out)
{
    const struct currency_form *currency = currency_find(code);
    int usual = !currency ? 2 : currency->decimals > 2 && fabs(amount) >= 10 ? 2 : currency->decimals;
    if (amount < 0)
        buf_puts(out, "−");
    if (currency)
        buf_puts(out, currency->sign);
    amount_print_grouped(fabs(amount), decimals < 0 ? usual : decimals, out);
    if (!currency && code.len)
        buf_printf(out, " %.*s", TEXT_ARG(code));
}

/* In seconds, whatever the metric counts them in. */
static void print_time(const struct amount_form *form, double amount, int decimals, struct buf *out)
{
    double seconds = text_is(form->time, "ms") ? amount / 1000 : amount;
    int usual = fabs(seconds) >= 100 ? 0 : fabs(seconds) >= 10 ? 1 : fabs(seconds) >= 1 ? 2 : 3;
    amount_print_grouped(seconds, decimals > usual ? decimals : usual, out);
    buf_puts(out, " s");
}

void amount_print(const struct amount_form *form, double amount, int decimals, struct buf *out)
{
    if (form->time.len)
        print_time(form, amount, decimals, out);
    else
        amount_print_money(form->currency, amount, decimals, out);
}

static void print_plural(struct text noun, struct buf *out)
{
    if (text_ends(noun, TEXT("s"))) {
        buf_add_text(out, noun);
        return;
    }
    bool consonant_y =
        noun.len > 1 && noun.at[noun.len - 1] == 'y' && !strchr("aeiou", noun.at[noun.len - 2]);
    buf_add_text(out, text_part(noun, 0, noun.len - consonant_y));
    buf_puts(out, consonant_y ? "ies" : "s");
}

void amount_print_noun(const struct amount_form *form, double n, struct buf *out)
{
    struct text unit = form->unit.len ? form->unit : TEXT("event");
    if (n == 1)
        buf_add_text(out, unit);
    else
        print_plural(unit, out);
}

void amount_print_units(const struct amount_form *form, double units, struct buf *out)
{
    amount_print_grouped(units, 0, out);
    buf_putc(out, ' ');
    amount_print_noun(form, units, out);
}

static void print_noun_of_spent(const struct amount_form *form, double spent, struct buf *out)
{
    if (text_is(form->kind, "score")) {
        buf_puts(out, " points");
    } else if (!amount_is_mean(form)) {
        buf_puts(out, text_is(form->kind, "percentile") ? " slow " : " bad ");
        amount_print_noun(form, spent, out);
    }
}

void amount_print_spent(const struct amount_form *form, double spent, bool noun, struct buf *out)
{
    double natural = spent / (form->scale > 0 ? form->scale : 1);
    if (amount_is_mean(form))
        amount_print(form, natural, -1, out);
    else
        amount_print_grouped(natural, text_is(form->kind, "score") ? 1 : 0, out);
    if (noun)
        print_noun_of_spent(form, spent, out);
}

void amount_print_left(const struct amount_form *form, double left, double allowed, struct buf *out)
{
    amount_print_spent(form, left, false, out);
    buf_puts(out, " of ");
    amount_print_spent(form, allowed, true, out);
}

void amount_print_unit_of_spent(const struct amount_form *form, struct buf *out)
{
    struct buf noun;
    if (amount_is_mean(form)) {
        buf_add_text(out, form->time.len ? form->time : form->currency);
        return;
    }
    buf_init(&noun, 4096);
    print_noun_of_spent(form, 2, &noun);
    buf_add_text(out, text_trim(buf_text(&noun)));
    buf_finish(&noun);
}
