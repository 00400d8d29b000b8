/* Facts made to fit into their JSON. Each kind of member has its share of FACTS_JSON_MAX, counted in bytes as
 * JSON needs them at most, so that the sum holds whatever a text is made of. */
#include "notify/facts.h"

#include "base/arena.h"
#include "base/buf.h"

enum {
    TEXT_COST = 6 << 10,
    NAME_COST = 1 << 10,
    VALUE_COST = 8 << 10,
    LINE_COST = 2 << 10,
    LINKS_COST = 16 << 10,
    LABELS_COST = 40 << 10,
    ANNOTATIONS_COST = 40 << 10,
    LINES_COST = 40 << 10,
    QUOTES_COST = 8, /* quotes, colon, comma */
    MORE_MAX = 64,
};

static size_t byte_cost(unsigned char c)
{
    if (c < ' ' || c == 0x7f)
        return 6;                                        /* \u0001 */
    return c == '"' || c == '\\' ? 2 : c < 0x80 ? 1 : 3; /* broken UTF-8 becomes U+FFFD */
}

static size_t text_cost(struct text t)
{
    size_t cost = QUOTES_COST;
    for (size_t i = 0; i < t.len; i++)
        cost += byte_cost((unsigned char)t.at[i]);
    return cost;
}

/* The text, or as much of it as costs at most `most`, then an ellipsis. */
static struct text cut(struct text t, size_t most, struct arena *arena)
{
    static const char ellipsis[] = "…";
    size_t cost = QUOTES_COST + 3 * (sizeof ellipsis - 1), keep = 0;
    if (t.len <= most / 6 - QUOTES_COST || text_cost(t) <= most)
        return t;
    while (keep < t.len && (cost += byte_cost((unsigned char)t.at[keep])) <= most)
        keep++;
    while (keep && ((unsigned char)t.at[keep] & 0xc0) == 0x80)
        keep--; /* not inside a character */
    struct buf out;
    buf_init(&out, most);
    buf_add(&out, t.at, keep);
    buf_puts(&out, ellipsis);
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

/* In their order, as long as there is room. */
static void fit_pairs(struct fact_pair **pairs, size_t *n, size_t most, struct arena *arena)
{
    struct fact_pair *kept = ARENA_ARRAY(arena, struct fact_pair, *n);
    size_t cost = 0, n_kept = 0;
    for (size_t i = 0; i < *n; i++) {
        struct fact_pair pair = {cut((*pairs)[i].name, NAME_COST, arena),
                                 cut((*pairs)[i].value, VALUE_COST, arena)};
        size_t pair_cost = text_cost(pair.name) + text_cost(pair.value);
        if (cost + pair_cost > most)
            continue;
        cost += pair_cost;
        kept[n_kept++] = pair;
    }
    *pairs = kept;
    *n = n_kept;
}

static struct text more_lines(size_t n, struct arena *arena)
{
    struct buf out;
    buf_init(&out, MORE_MAX);
    buf_printf(&out, "and %zu more", n);
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

static void fit_lines(struct facts *facts, struct arena *arena)
{
    struct text *kept = ARENA_ARRAY(arena, struct text, facts->n_lines + 1);
    size_t cost = 0, n_kept = 0;
    for (; n_kept < facts->n_lines; n_kept++) {
        struct text line = cut(facts->lines[n_kept], LINE_COST, arena);
        cost += text_cost(line);
        if (cost > LINES_COST)
            break;
        kept[n_kept] = line;
    }
    if (n_kept < facts->n_lines) {
        kept[n_kept] = more_lines(facts->n_lines - n_kept, arena);
        n_kept++;
    }
    facts->lines = kept;
    facts->n_lines = n_kept;
}

void facts_fit(struct facts *facts, struct arena *arena)
{
    struct text *const texts[] = {
        &facts->environment, &facts->service,       &facts->subject,       &facts->group,
        &facts->owner,       &facts->what,          &facts->impact,        &facts->reason,
        &facts->burn_window, &facts->budget_window, &facts->budget_amount, &facts->last_change,
        &facts->first_step,  &facts->runbook,       &facts->page,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = cut(*texts[i], TEXT_COST, arena);
    fit_pairs(&facts->links, &facts->n_links, LINKS_COST, arena);
    fit_pairs(&facts->labels, &facts->n_labels, LABELS_COST, arena);
    fit_pairs(&facts->annotations, &facts->n_annotations, ANNOTATIONS_COST, arena);
    fit_lines(facts, arena);
}
