/* Compliance periods: "30d", "month", "month Asia/Seoul", or a list of these. */
#include "base/duration.h"
#include "base/timezone_set.h"
#include "slo/slo_reader.h"

static const struct {
    const char *word;
    enum window_kind kind;
    int nominal_days;
} calendars[] = {
    {"day", WINDOW_DAY, 1},          {"week", WINDOW_WEEK, 7},   {"month", WINDOW_MONTH, 30},
    {"quarter", WINDOW_QUARTER, 90}, {"year", WINDOW_YEAR, 365},
};

enum { N_CALENDARS = sizeof calendars / sizeof *calendars, LONGEST_DAYS = 760 };

static void refuse(const struct slo_draft *draft, struct source_pos pos, struct text name, const char *why)
{
    finding_add(draft->reader->findings, FINDING_ERROR, "slo/window", draft->reader->file, pos,
                "window \"%.*s\": %s", TEXT_ARG(name), why);
}

/* What was probably meant, for a window that is none; NULL if nobody can tell. */
static const char *hint_for(struct text name)
{
    static const struct {
        const char *part;
        const char *hint;
    } hints[] = {
        {",", "several windows are a list: [30d, month]"},
        {"/", "a rolling window has no time zone; months and the like have: month Asia/Seoul"},
        {"month", "a calendar month is: month"},
        {"Month", "a calendar month is: month"},
        {"quarter", "a calendar quarter is: quarter"},
        {"week", "a calendar week is: week, seven days: 7d"},
        {"year", "a calendar year is: year"},
        {"da", "days are written 30d"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (text_contains(name, text_of(hints[i].part)))
            return hints[i].hint;
    return name.len && name.at[0] >= '0' && name.at[0] <= '9' ? "with a unit: 30d" : NULL;
}

static void add_hint(const struct slo_draft *draft, struct text name)
{
    const char *hint = hint_for(name);
    if (hint)
        finding_hint(draft->reader->findings, "%s", hint);
}

static bool read_calendar(struct slo_draft *draft, struct text rest, struct source_pos pos,
                          struct slo_window *window)
{
    const struct slo_context *context = draft->reader->context;
    struct text word = text_cut(&rest, ' ');
    struct text zone = text_trim(rest);
    struct err err;
    for (size_t i = 0; i < N_CALENDARS; i++) {
        if (!text_is(word, calendars[i].word))
            continue;
        window->kind = calendars[i].kind;
        window->length_ms = calendars[i].nominal_days * DAY_MS;
        if (!zone.len || text_is(zone, "UTC"))
            return true;
        window->zone = timezone_set_get(context->zones, zone, &err);
        if (!window->zone)
            refuse(draft, pos, window->name, err.message);
        return window->zone != NULL;
    }
    refuse(draft, pos, window->name,
           "a window is a duration such as 30d, or day, week, month, quarter or year with a time zone");
    add_hint(draft, window->name);
    return false;
}

static bool read_window(struct slo_draft *draft, const struct yaml_node *node, struct slo_window *window)
{
    struct text t = text_trim(node->text);
    struct err err;
    *window = (struct slo_window){.kind = WINDOW_ROLLING, .name = t};
    if (!t.len || t.at[0] < '0' || t.at[0] > '9')
        return read_calendar(draft, t, node->pos, window);
    if (!duration_parse(t, &window->length_ms, &err)) {
        refuse(draft, node->pos, t, err.message);
        add_hint(draft, t);
        return false;
    }
    if (window->length_ms < HOUR_MS || window->length_ms > LONGEST_DAYS * DAY_MS) {
        refuse(draft, node->pos, t, "a window is from 1h to 760d long");
        return false;
    }
    return true;
}

static void add_window(struct slo_draft *draft, const struct yaml_node *node)
{
    struct slo *slo = &draft->slo;
    struct slo_window window;
    if (node->kind != YAML_SCALAR) {
        refuse(draft, node->pos, text_of(node->kind == YAML_MAP ? "{…}" : "[…]"),
               "must be a window or a list of windows");
        return;
    }
    if (!read_window(draft, node, &window))
        return;
    for (size_t i = 0; i < slo->n_windows; i++)
        if (slo->windows[i].kind == window.kind && slo->windows[i].length_ms == window.length_ms &&
            slo->windows[i].zone == window.zone) {
            refuse(draft, node->pos, window.name, "stands here twice");
            return;
        }
    if (slo->kind == SLO_TOTAL && window.kind != draft->objective.period) {
        refuse(draft, node->pos, window.name, "is not the period that the total is for");
        return;
    }
    if (slo->n_windows == SLO_WINDOWS_MAX)
        refuse(draft, node->pos, window.name, "an SLO has at most 6 windows");
    else
        slo->windows[slo->n_windows++] = window;
}

static void set_default(struct slo *slo, enum window_kind kind)
{
    slo->windows[0] = (struct slo_window){.length_ms = 30 * DAY_MS, .name = TEXT("30d")};
    for (size_t i = 0; slo->kind == SLO_TOTAL && i < N_CALENDARS; i++)
        if (calendars[i].kind == kind)
            slo->windows[0] = (struct slo_window){.kind = kind,
                                                  .length_ms = calendars[i].nominal_days * DAY_MS,
                                                  .name = text_of(calendars[i].word)};
    slo->n_windows = 1;
}

void slo_read_windows(struct slo_draft *draft)
{
    bool own = fields_node(&draft->own, "window") || fields_node(&draft->override, "window");
    draft->slo.n_windows = 0;
    const struct yaml_node *node = fields_node(slo_draft_fields(draft, "window"), "window");
    /* the file's windows are meant for its other SLOs where this one is a total */
    if (node && draft->slo.kind == SLO_TOTAL && !own)
        node = NULL;
    if (node && node->kind == YAML_LIST && !node->len)
        refuse(draft, node->pos, TEXT("[]"), "is empty");
    else if (node && node->kind == YAML_LIST)
        for (size_t i = 0; i < node->len; i++)
            add_window(draft, node->items[i]);
    else if (node)
        add_window(draft, node);
    if (!draft->slo.n_windows)
        set_default(&draft->slo, draft->objective.period);
}
