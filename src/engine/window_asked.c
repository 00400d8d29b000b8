/* Windows by name, and those that no SLO has. */
#include "engine/window_asked.h"

#include "base/duration.h"

struct calendar_word {
    const char *word;
    enum window_kind kind;
    int64_t nominal_days;
};

static const struct calendar_word calendar_words[] = {
    {"day", WINDOW_DAY, 1},          {"week", WINDOW_WEEK, 7},   {"month", WINDOW_MONTH, 30},
    {"quarter", WINDOW_QUARTER, 91}, {"year", WINDOW_YEAR, 365},
};

static bool read_other(struct text words, const struct slo *slo, struct slo_window *window, struct err *err)
{
    *window = (struct slo_window){.name = words};
    for (size_t i = 0; i < sizeof calendar_words / sizeof calendar_words[0]; i++) {
        if (!text_is(words, calendar_words[i].word))
            continue;
        window->kind = calendar_words[i].kind;
        window->length_ms = calendar_words[i].nominal_days * DAY_MS;
        for (size_t k = 0; k < slo->n_windows; k++)
            if (slo->windows[k].zone)
                window->zone = slo->windows[k].zone;
        return true;
    }
    window->kind = WINDOW_ROLLING;
    if (!duration_parse(words, &window->length_ms, err))
        return err_context(err, "window %.*s", TEXT_ARG(words));
    if (window->length_ms < MINUTE_MS || window->length_ms % MINUTE_MS)
        return err_set(err, ERR_INPUT, "window %.*s: whole minutes are needed", TEXT_ARG(words));
    return true;
}

bool window_asked(struct text words, const struct slo *slo, struct slo_window *window, struct err *err)
{
    for (size_t i = 0; i < slo->n_windows; i++)
        if (words.len == 0 || text_eq(slo->windows[i].name, words)) {
            *window = slo->windows[i];
            return true;
        }
    return read_other(words, slo, window, err);
}
