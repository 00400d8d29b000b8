/* The door to libyaml: its events become our tree. One reader function an event kind; the first error of
 * syntax or of a limit is final (libyaml cannot go on behind one), while doubled keys, tags and complex keys
 * are noted and reading goes on; behind a doubled key the tree is given out all the same. Depth is bounded
 * before recursion, nodes before allocation. */
#include "base/yaml.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "base/yaml_hint.h"

#include <yaml.h>

enum { BYTES_MAX = 4 << 20, DEPTH_MAX = 32, NODES_MAX = 100000, ALIASES_MAX = 100 };

struct anchor {
    struct text name;
    struct yaml_node *node;
    size_t nodes; /* in its subtree, aliases counted in full */
    int depth;    /* levels below it, itself included */
};

/* A column of a line, in characters and in bytes. */
struct place {
    size_t line, column, bytes;
};

struct reader {
    yaml_parser_t parser;
    struct text content;
    const char *file;
    struct arena *arena;
    struct findings *findings;
    VEC(uint32_t) lines; /* offsets at which lines start */
    struct place last;   /* the last position that was asked for */
    VEC(struct anchor) anchors;
    size_t nodes;
    size_t aliases;
    bool stopped;
    bool wrong; /* an error was found that leaves no tree to go by */
};

static void index_lines(struct reader *r)
{
    VEC_PUSH(&r->lines, 0);
    for (size_t i = 0; i < r->content.len; i++) {
        char c = r->content.at[i];
        bool crlf = c == '\r' && i + 1 < r->content.len && r->content.at[i + 1] == '\n';
        if (c == '\n' || (c == '\r' && !crlf))
            VEC_PUSH(&r->lines, (uint32_t)i + 1);
    }
}

/* A line of the file, counted from 0, without its end; empty behind the last. */
static struct text line_of(const struct reader *r, size_t line)
{
    if (line >= r->lines.len)
        return TEXT("");
    size_t end = line + 1 < r->lines.len ? r->lines.at[line + 1] : r->content.len;
    struct text t = text_part(r->content, r->lines.at[line], end);
    while (t.len && (t.at[t.len - 1] == '\n' || t.at[t.len - 1] == '\r'))
        t.len--;
    return t;
}

/* libyaml counts columns in characters. Marks mostly move forward: counting goes on where it stood, so that
 * one long line costs no more than many short ones. */
static struct source_pos pos_of(struct reader *r, yaml_mark_t mark)
{
    struct text line = line_of(r, mark.line);
    size_t column = 0, i = line.len >= 3 && memcmp(line.at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (r->last.line == mark.line && r->last.column <= mark.column) {
        column = r->last.column;
        i = r->last.bytes;
    }
    for (; i < line.len && column < mark.column; column++)
        do
            i++;
        while (i < line.len && ((unsigned char)line.at[i] & 0xc0) == 0x80);
    r->last = (struct place){mark.line, column, i};
    return (struct source_pos){(int)mark.line + 1, (int)i + 1};
}

static void stop(struct reader *r)
{
    r->stopped = r->wrong = true;
}

/* A limit: reading ends here. */
static void stop_at_limit(struct reader *r, struct source_pos pos, const char *what, int limit)
{
    if (!r->stopped)
        finding_add(r->findings, FINDING_ERROR, "yaml/limit", r->file, pos, "more than %d %s", limit, what);
    stop(r);
}

static void add_syntax_error(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "cannot be read";
    bool has_mark = p->error == YAML_SCANNER_ERROR || p->error == YAML_PARSER_ERROR;
    struct source_pos pos =
        has_mark ? pos_of(r, p->problem_mark) : source_pos_of(r->content, p->problem_offset);
    if (p->error == YAML_MEMORY_ERROR)
        memory_exhausted();
    finding_add(r->findings, FINDING_ERROR, "yaml/syntax", r->file, pos, "not YAML: %s%s%s", problem,
                p->context ? " " : "", p->context ? p->context : "");
    const char *hint = has_mark ? yaml_hint(line_of(r, p->problem_mark.line), problem) : NULL;
    if (!hint && has_mark && p->context)
        hint = yaml_hint(line_of(r, p->context_mark.line), problem);
    if (hint)
        finding_hint(r->findings, "%s", hint);
    stop(r);
}

static bool next_event(struct reader *r, yaml_event_t *event)
{
    if (r->stopped)
        return false;
    if (!yaml_parser_parse(&r->parser, event)) {
        add_syntax_error(r);
        return false;
    }
    return true;
}

static void refuse_tag(struct reader *r, struct source_pos pos, const yaml_char_t *tag)
{
    if (!tag)
        return;
    r->wrong = true;
    finding_add(r->findings, FINDING_ERROR, "yaml/tag", r->file, pos, "tag %s: tags are not supported",
                (const char *)tag);
    finding_hint(r->findings, "leave the tag out; a value that starts with ! must be in quotes");
}

static struct yaml_node *new_node(struct reader *r, enum yaml_kind kind, const yaml_event_t *event)
{
    struct yaml_node *node = ARENA_NEW(r->arena, struct yaml_node);
    node->kind = kind;
    node->pos = pos_of(r, event->start_mark);
    node->end = pos_of(r, event->end_mark);
    if (++r->nodes > NODES_MAX)
        stop_at_limit(r, node->pos, "values in one file", NODES_MAX);
    return node;
}

static void warn_if_cut(struct reader *r, const struct yaml_node *node)
{
    struct text line = line_of(r, (size_t)node->end.line - 1);
    if (!yaml_cut_by_comment(node->text, text_part(line, (size_t)node->end.column - 1, line.len)))
        return;
    finding_add(r->findings, FINDING_WARNING, "yaml/comment", r->file, node->end,
                "\" #\" starts a comment, which cuts this value");
    finding_hint(r->findings, "put the whole value in single quotes");
}

static struct yaml_node *read_scalar(struct reader *r, const yaml_event_t *event)
{
    struct yaml_node *node = new_node(r, YAML_SCALAR, event);
    struct text value = {(const char *)event->data.scalar.value, event->data.scalar.length};
    refuse_tag(r, node->pos, event->data.scalar.tag);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = text_copy(r->arena, value);
    if (text_find(value, '\0') < value.len) {
        r->wrong = true;
        finding_add(r->findings, FINDING_ERROR, "yaml/nul", r->file, node->pos,
                    "a value contains the character NUL");
    }
    if (!node->quoted)
        warn_if_cut(r, node);
    return node;
}

static struct yaml_node *read_alias(struct reader *r, const yaml_event_t *event, int depth, int *deepest)
{
    struct text name = text_of((const char *)event->data.alias.anchor);
    struct source_pos pos = pos_of(r, event->start_mark);
    if (++r->aliases > ALIASES_MAX) {
        stop_at_limit(r, pos, "aliases", ALIASES_MAX);
        return NULL;
    }
    for (size_t i = r->anchors.len; i > 0; i--) {
        const struct anchor *anchor = &r->anchors.at[i - 1];
        if (!text_eq(anchor->name, name))
            continue;
        r->nodes += anchor->nodes;
        *deepest = depth + anchor->depth - 1;
        if (r->nodes > NODES_MAX)
            stop_at_limit(r, pos, "values in one file, counting what aliases repeat", NODES_MAX);
        else if (*deepest > DEPTH_MAX)
            stop_at_limit(r, pos, "levels", DEPTH_MAX);
        return anchor->node;
    }
    finding_add(r->findings, FINDING_ERROR, "yaml/alias", r->file, pos,
                "alias *%.*s names no anchor before it", TEXT_ARG(name));
    finding_hint(r->findings, "a value that starts with * must be in quotes");
    stop(r);
    return NULL;
}

static struct yaml_node *read_node(struct reader *r, yaml_event_t *event, int depth, int *deepest);

static struct yaml_node *read_list(struct reader *r, const yaml_event_t *start, int depth, int *deepest)
{
    struct yaml_node *node = new_node(r, YAML_LIST, start);
    VEC(struct yaml_node *) items = {0};
    yaml_event_t event;
    refuse_tag(r, node->pos, start->data.sequence_start.tag);
    while (next_event(r, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            node->end = pos_of(r, event.end_mark);
            yaml_event_delete(&event);
            break;
        }
        struct yaml_node *item = read_node(r, &event, depth + 1, deepest);
        if (item)
            VEC_PUSH(&items, item);
    }
    node->len = items.len;
    node->items = ARENA_ARRAY(r->arena, struct yaml_node *, items.len);
    if (items.len)
        memcpy(node->items, items.at, items.len * sizeof *items.at);
    VEC_FREE(&items);
    return node;
}

/* The pairs of a map while it is read, with an index from key to pair. */
struct pairs {
    VEC(struct yaml_pair) list;
    struct map by_key;
};

/* The pair that has this key already, or NULL. */
static const struct yaml_pair *add_pair(struct pairs *pairs, struct yaml_pair pair)
{
    bool added;
    uint64_t *place = map_add(&pairs->by_key, hash_bytes(pair.key.at, pair.key.len, 0), &added);
    if (!added && text_eq(pairs->list.at[*place].key, pair.key))
        return &pairs->list.at[*place];
    if (added)
        *place = pairs->list.len;
    VEC_PUSH(&pairs->list, pair);
    return NULL;
}

static void merge_map(struct reader *r, struct pairs *pairs, const struct yaml_node *from,
                      struct source_pos pos)
{
    if (!from || from->kind != YAML_MAP) {
        r->wrong = true;
        finding_add(r->findings, FINDING_ERROR, "yaml/merge", r->file, pos,
                    "<< needs a map or a list of maps");
        return;
    }
    for (size_t i = 0; i < from->len; i++) {
        add_pair(pairs, from->pairs[i]);
        if (++r->nodes > NODES_MAX)
            stop_at_limit(r, pos, "values in one file, counting what << merges", NODES_MAX);
    }
}

static void merge(struct reader *r, struct pairs *pairs, const struct yaml_pair *pair)
{
    const struct yaml_node *value = pair->value;
    if (!value || value->kind != YAML_LIST) {
        merge_map(r, pairs, value, pair->key_pos);
        return;
    }
    for (size_t i = 0; i < value->len && !r->stopped; i++)
        merge_map(r, pairs, value->items[i], pair->key_pos);
}

/* A key: plain text. Returns false for one that is a map or a list (noted; its value is read and dropped). */
static bool read_key(struct reader *r, yaml_event_t *event, int depth, int *deepest, struct yaml_pair *pair)
{
    pair->key_pos = pos_of(r, event->start_mark);
    struct yaml_node *key = read_node(r, event, depth + 1, deepest);
    if (key && key->kind == YAML_SCALAR) {
        pair->key = key->text;
        return true;
    }
    if (!r->stopped) {
        r->wrong = true;
        finding_add(r->findings, FINDING_ERROR, "yaml/key", r->file, pair->key_pos, "a key must be text");
        finding_hint(r->findings,
                     "a value that starts with { is a map in YAML: put the whole value in single quotes");
    }
    return false;
}

static void add_or_refuse(struct reader *r, struct pairs *pairs, struct yaml_pair pair)
{
    const struct yaml_pair *first = add_pair(pairs, pair);
    if (!first)
        return;
    finding_add(r->findings, FINDING_ERROR, "yaml/doubled-key", r->file, pair.key_pos,
                "doubled key \"%.*s\" (first at %d:%d)", TEXT_ARG(pair.key), first->key_pos.line,
                first->key_pos.column);
}

static struct yaml_node *read_map(struct reader *r, const yaml_event_t *start, int depth, int *deepest)
{
    struct yaml_node *node = new_node(r, YAML_MAP, start);
    struct pairs pairs = {0};
    VEC(struct yaml_pair) merges = {0};
    yaml_event_t event;
    refuse_tag(r, node->pos, start->data.mapping_start.tag);
    while (next_event(r, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            node->end = pos_of(r, event.end_mark);
            yaml_event_delete(&event);
            break;
        }
        struct yaml_pair pair = {0};
        bool plain = event.type == YAML_SCALAR_EVENT && event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        bool usable = read_key(r, &event, depth, deepest, &pair);
        if (!next_event(r, &event))
            break;
        pair.value = read_node(r, &event, depth + 1, deepest);
        if (usable && plain && text_is(pair.key, "<<"))
            VEC_PUSH(&merges, pair);
        else if (usable && pair.value)
            add_or_refuse(r, &pairs, pair);
    }
    for (size_t i = 0; i < merges.len && !r->stopped; i++)
        merge(r, &pairs, &merges.at[i]);
    node->len = pairs.list.len;
    node->pairs = ARENA_ARRAY(r->arena, struct yaml_pair, pairs.list.len);
    if (pairs.list.len)
        memcpy(node->pairs, pairs.list.at, pairs.list.len * sizeof *pairs.list.at);
    VEC_FREE(&pairs.list);
    VEC_FREE(&merges);
    map_finish(&pairs.by_key);
    return node;
}

static struct text anchor_of(struct arena *arena, const yaml_event_t *event)
{
    const yaml_char_t *name = event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
                              : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
                              : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                                         : NULL;
    return name ? text_copy(arena, text_of((const char *)name)) : (struct text){0};
}

/* Reads the node that starts with this event, and deletes the event. *deepest rises to the deepest level
 * below. */
static struct yaml_node *read_node(struct reader *r, yaml_event_t *event, int depth, int *deepest)
{
    struct text anchor = anchor_of(r->arena, event);
    struct yaml_node *node = NULL;
    size_t nodes = r->nodes;
    int below = depth;
    if (depth > DEPTH_MAX)
        stop_at_limit(r, pos_of(r, event->start_mark), "levels", DEPTH_MAX);
    else if (event->type == YAML_SCALAR_EVENT)
        node = read_scalar(r, event);
    else if (event->type == YAML_ALIAS_EVENT)
        node = read_alias(r, event, depth, &below);
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        node = read_list(r, event, depth, &below);
    else if (event->type == YAML_MAPPING_START_EVENT)
        node = read_map(r, event, depth, &below);
    yaml_event_delete(event);
    if (anchor.at && node && !r->stopped)
        VEC_PUSH(&r->anchors, (struct anchor){anchor, node, r->nodes - nodes, below - depth + 1});
    if (below > *deepest)
        *deepest = below;
    return r->stopped ? NULL : node;
}

static bool is_empty(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && node->text.len == 0 && !node->quoted;
}

static void read_documents(struct reader *r, struct yaml_node ***docs, size_t *n_docs)
{
    VEC(struct yaml_node *) list = {0};
    yaml_event_t event;
    bool more = true;
    while (more && next_event(r, &event)) {
        int deepest = 0;
        switch (event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            yaml_event_delete(&event);
            break;
        case YAML_DOCUMENT_START_EVENT:
            yaml_event_delete(&event);
            VEC_CLEAR(&r->anchors);
            break;
        case YAML_STREAM_END_EVENT:
        case YAML_NO_EVENT:
            yaml_event_delete(&event);
            more = false;
            break;
        default: {
            struct yaml_node *root = read_node(r, &event, 1, &deepest);
            VEC_PUSH(&list, root && !is_empty(root) ? root : NULL);
        }
        }
    }
    *n_docs = list.len;
    *docs = ARENA_ARRAY(r->arena, struct yaml_node *, list.len);
    if (list.len)
        memcpy(*docs, list.at, list.len * sizeof *list.at);
    VEC_FREE(&list);
}

static bool refuse(struct findings *findings, const char *file, struct source_pos pos, const char *message)
{
    finding_add(findings, FINDING_ERROR, "yaml/syntax", file, pos, "%s", message);
    return false;
}

/* How many bytes are whole characters, up to the first that is none. */
static size_t utf8_part(struct text t)
{
    size_t good = 0;
    while (good < t.len) {
        unsigned char first = (unsigned char)t.at[good];
        size_t next = good + (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0x80 ? 2 : 1);
        if (next > t.len || !text_utf8_valid(text_part(t, good, next)))
            break;
        good = next;
    }
    return good;
}

/* Size and encoding, before libyaml sees a byte. */
static bool check_content(struct text content, const char *file, struct findings *findings)
{
    struct source_pos none = {0, 0};
    if (content.len > BYTES_MAX) {
        finding_add(findings, FINDING_ERROR, "yaml/limit", file, none, "larger than 4 MiB (%zu bytes)",
                    content.len);
        return false;
    }
    if (content.len >= 2 &&
        (memcmp(content.at, "\xff\xfe", 2) == 0 || memcmp(content.at, "\xfe\xff", 2) == 0)) {
        refuse(findings, file, none, "not UTF-8 but UTF-16");
        finding_hint(findings, "save the file as UTF-8");
        return false;
    }
    for (int line = 1; content.len > 0; line++) {
        struct text t = text_cut(&content, '\n');
        if (text_utf8_valid(t))
            continue;
        refuse(findings, file, (struct source_pos){line, (int)utf8_part(t) + 1}, "not UTF-8");
        finding_hint(findings, "is this a text file? save it as UTF-8");
        return false;
    }
    return true;
}

bool yaml_parse(struct text content, const char *file, struct arena *arena, struct yaml_node ***docs,
                size_t *n_docs, struct findings *findings)
{
    *docs = NULL;
    *n_docs = 0;
    if (!check_content(content, file, findings))
        return false;
    struct reader r = {
        .content = content, .file = file, .arena = arena, .findings = findings, .last = {.line = SIZE_MAX}};
    if (!yaml_parser_initialize(&r.parser))
        memory_exhausted();
    index_lines(&r);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(content.at ? content.at : ""),
                                 content.len);
    read_documents(&r, docs, n_docs);
    yaml_parser_delete(&r.parser);
    VEC_FREE(&r.lines);
    VEC_FREE(&r.anchors);
    if (r.wrong) {
        *docs = NULL;
        *n_docs = 0;
    }
    return !r.wrong;
}
