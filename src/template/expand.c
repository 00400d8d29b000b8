/* Walking the tree: blocks, pipelines, commands, fields. Recursion is bounded by the parser (blocks,
 * parentheses) and by counting here (templates that call templates); time by steps; memory by the arena of
 * values and the output's maximum. */
#include "base/buf.h"
#include "base/regex.h"
#include "template/functions.h"
#include "template/tree.h"

enum { LEVELS_MAX = 512 }; /* blocks and calls together */

enum flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_FAILED };

struct expansion {
    const struct template *template;
    struct template_call call;
    struct arena values;
    struct buf *out;
    struct err *err;
    size_t steps;
    size_t iterations;
    int calls;
    int levels;
};

/* The variables and the dot of one template while it is expanded. */
struct frame {
    struct template_value *slots;
    struct template_value dot;
};

static enum flow expand_list(struct expansion *x, struct frame *frame, const struct template_node *node);
static bool eval_pipe(struct expansion *x, struct frame *frame, const struct template_pipe *pipe,
                      struct template_value *value);

static bool fail_limit(struct expansion *x, size_t offset, const char *what, int limit)
{
    return err_set_at(x->err, ERR_LIMIT, source_pos_of(x->template->text, offset), "more than %d %s", limit,
                      what);
}

/* Gives the error that was just set its place, and Go's context. */
static bool locate(struct expansion *x, size_t offset, struct text source)
{
    x->err->pos = (struct source_pos){0, 0};
    err_context(x->err, "executing at <%.*s%s>", (int)(source.len < 60 ? source.len : 60), source.at,
                source.len < 60 ? "" : "...");
    x->err->pos = source_pos_of(x->template->text, offset);
    return false;
}

static bool step(struct expansion *x, size_t offset)
{
    if (++x->steps > TEMPLATE_STEPS_MAX)
        return fail_limit(x, offset, "steps", TEMPLATE_STEPS_MAX);
    if (arena_over_limit(&x->values))
        return fail_limit(x, offset, "bytes of values", TEMPLATE_VALUES_MAX_BYTES);
    if (x->out->overflowed)
        return err_set_at(x->err, ERR_LIMIT, source_pos_of(x->template->text, offset),
                          "output longer than %zu bytes", x->out->max);
    return true;
}

static bool iterate(struct expansion *x, size_t offset)
{
    return ++x->iterations <= TEMPLATE_ITERATIONS_MAX ||
           fail_limit(x, offset, "iterations", TEMPLATE_ITERATIONS_MAX);
}

/* One .Name of a chain; args only for a method. */
static bool eval_field(struct expansion *x, const struct template_operand *operand, struct text name,
                       const struct template_value *args, size_t n, struct template_value *value)
{
    struct template_value receiver = *value;
    bool entries = receiver.kind == TEMPLATE_MAP || receiver.kind == TEMPLATE_STRUCT;
    const struct template_value *found = entries ? template_value_get(receiver.map, name) : NULL;
    if (n > 0 && entries) {
        err_set(x->err, ERR_INPUT, "%.*s is not a method but has arguments", TEXT_ARG(name));
        return locate(x, operand->offset, operand->source);
    }
    if (found)
        *value = *found;
    else if (receiver.kind == TEMPLATE_MAP)
        *value = receiver.map->of_strings ? template_string(TEXT("")) : template_nil();
    else if (!template_method(&x->call, &receiver, name, args, n, value, x->err))
        return locate(x, operand->offset, operand->source);
    return true;
}

static bool eval_function(struct expansion *x, struct frame *frame, const struct template_command *command,
                          const struct template_value *final, struct template_value *value);

/* What an operand stands for, before its chain. */
static bool eval_base(struct expansion *x, struct frame *frame, const struct template_operand *operand,
                      struct template_value *value)
{
    switch (operand->kind) {
    case OPERAND_CONSTANT:
        *value = operand->constant;
        return true;
    case OPERAND_NIL:
        *value = template_nil();
        return true;
    case OPERAND_DOT:
        *value = frame->dot;
        return true;
    case OPERAND_SLOT:
        *value = frame->slots[operand->slot];
        return true;
    case OPERAND_PIPE:
        return eval_pipe(x, frame, operand->pipe, value);
    case OPERAND_FUNCTION: {
        struct template_operand bare = *operand;
        struct template_command alone = {operand->source, &bare, 1};
        bare.n_chain = 0;
        return eval_function(x, frame, &alone, NULL, value);
    }
    }
    return false;
}

static bool eval_operand(struct expansion *x, struct frame *frame, const struct template_operand *operand,
                         struct template_value *value)
{
    if (!step(x, operand->offset) || !eval_base(x, frame, operand, value))
        return false;
    for (size_t i = 0; i < operand->n_chain; i++)
        if (!eval_field(x, operand, operand->chain[i], NULL, 0, value))
            return false;
    return true;
}

/* and, or: up to the first argument that decides. */
static bool eval_lazy(struct expansion *x, struct frame *frame, const struct template_command *command,
                      const struct template_value *final, struct template_value *value)
{
    bool stops_at = command->operands[0].function->name[0] == 'o';
    for (size_t i = 1; i < command->len; i++) {
        if (!eval_operand(x, frame, &command->operands[i], value))
            return false;
        if (template_value_true(value) == stops_at)
            return true;
    }
    if (final)
        *value = *final;
    return true;
}

static bool check_count(struct expansion *x, const struct template_command *command, size_t n)
{
    const struct template_function *f = command->operands[0].function;
    bool too_few = n < (size_t)f->min_args, too_many = f->max_args >= 0 && n > (size_t)f->max_args;
    if (!too_few && !too_many)
        return true;
    err_set(x->err, ERR_INPUT, "wrong number of args for %s: want %s%d got %zu", f->name,
            f->max_args < 0 ? "at least " : "", too_few ? f->min_args : f->max_args, n);
    return locate(x, command->operands[0].offset, command->operands[0].source);
}

/* The arguments behind the command's first operand, and the value piped in. */
static struct template_value *eval_args(struct expansion *x, struct frame *frame,
                                        const struct template_command *command,
                                        const struct template_value *final, size_t *n)
{
    *n = command->len - 1 + (final != NULL);
    struct template_value *args = ARENA_ARRAY(&x->values, struct template_value, *n);
    for (size_t i = 1; i < command->len; i++)
        if (!eval_operand(x, frame, &command->operands[i], &args[i - 1]))
            return NULL;
    if (final)
        args[*n - 1] = *final;
    return args;
}

static bool eval_function(struct expansion *x, struct frame *frame, const struct template_command *command,
                          const struct template_value *final, struct template_value *value)
{
    const struct template_function *function = command->operands[0].function;
    size_t n = command->len - 1 + (final != NULL);
    if (!check_count(x, command, n))
        return false;
    if (!function->body)
        return eval_lazy(x, frame, command, final, value);
    struct template_value *args = eval_args(x, frame, command, final, &n);
    if (!args)
        return false;
    if (function->body(&x->call, args, n, value, x->err))
        return true;
    err_context(x->err, "error calling %s", function->name);
    return locate(x, command->operands[0].offset, command->source);
}

/* A first operand that is no function, with arguments: only the last name of its chain can take them. */
static bool eval_method(struct expansion *x, struct frame *frame, const struct template_command *command,
                        const struct template_value *final, struct template_value *value)
{
    struct template_operand first = command->operands[0];
    if (first.n_chain == 0) {
        err_set(x->err, ERR_INPUT, "can't give argument to non-function %.*s", TEXT_ARG(first.source));
        return locate(x, first.offset, first.source);
    }
    size_t n;
    struct text name = first.chain[--first.n_chain];
    if (!eval_operand(x, frame, &first, value))
        return false;
    struct template_value *args = eval_args(x, frame, command, final, &n);
    return args && eval_field(x, &command->operands[0], name, args, n, value);
}

static bool eval_command(struct expansion *x, struct frame *frame, const struct template_command *command,
                         const struct template_value *final, struct template_value *value)
{
    const struct template_operand *first = &command->operands[0];
    if (!step(x, first->offset))
        return false;
    if (first->kind == OPERAND_FUNCTION && first->n_chain == 0)
        return eval_function(x, frame, command, final, value);
    if (command->len > 1 || final)
        return eval_method(x, frame, command, final, value);
    if (first->kind == OPERAND_NIL) {
        err_set(x->err, ERR_INPUT, "nil is not a command");
        return locate(x, first->offset, first->source);
    }
    return eval_operand(x, frame, first, value);
}

/* The value of a pipe, without setting its variables. */
static bool eval_commands(struct expansion *x, struct frame *frame, const struct template_pipe *pipe,
                          struct template_value *value)
{
    for (size_t i = 0; i < pipe->len; i++) {
        struct template_value final = *value;
        if (!eval_command(x, frame, &pipe->commands[i], i ? &final : NULL, value))
            return false;
    }
    return true;
}

static bool eval_pipe(struct expansion *x, struct frame *frame, const struct template_pipe *pipe,
                      struct template_value *value)
{
    *value = template_nil();
    if (!eval_commands(x, frame, pipe, value))
        return false;
    for (size_t i = 0; i < pipe->n_slots; i++)
        frame->slots[pipe->slots[i]] = *value;
    return true;
}

static enum flow expand_if(struct expansion *x, struct frame *frame, const struct template_node *node)
{
    struct template_value value;
    if (!eval_pipe(x, frame, node->pipe, &value))
        return FLOW_FAILED;
    if (!template_value_true(&value))
        return expand_list(x, frame, node->otherwise);
    struct template_value dot = frame->dot;
    if (node->kind == NODE_WITH)
        frame->dot = value;
    enum flow flow = expand_list(x, frame, node->body);
    frame->dot = dot;
    return flow;
}

/* Element i of what is ranged over; *key is its index or key. */
static struct template_value element(const struct template_value *over, size_t i, struct template_value *key)
{
    *key = template_int((int64_t)i);
    if (over->kind == TEMPLATE_LIST)
        return over->list->at[i];
    if (over->kind == TEMPLATE_INT)
        return *key;
    *key = template_string(over->map->at[i].key);
    return over->map->at[i].value;
}

static bool range_length(struct expansion *x, const struct template_node *node,
                         const struct template_value *over, size_t *n)
{
    *n = 0;
    if (over->kind == TEMPLATE_LIST)
        *n = over->list->len;
    else if (over->kind == TEMPLATE_MAP)
        *n = over->map->len;
    else if (over->kind == TEMPLATE_INT)
        *n = over->integer > 0 ? (size_t)over->integer : 0;
    else if (over->kind != TEMPLATE_NIL) {
        struct buf shown;
        buf_init(&shown, 1000);
        template_value_print(over, &shown);
        err_set(x->err, ERR_INPUT, "range can't iterate over %s", buf_cstring(&shown));
        buf_finish(&shown);
        return locate(x, node->pipe->offset, node->pipe->source);
    }
    return true;
}

static enum flow expand_range(struct expansion *x, struct frame *frame, const struct template_node *node)
{
    size_t n;
    const struct template_pipe *pipe = node->pipe;
    struct template_value over = template_nil(), key, dot = frame->dot;
    if (!eval_commands(x, frame, pipe, &over) || !range_length(x, node, &over, &n))
        return FLOW_FAILED;
    if (n == 0)
        return expand_list(x, frame, node->otherwise);
    enum flow flow = FLOW_NEXT;
    for (size_t i = 0; i < n && flow != FLOW_BREAK && flow != FLOW_FAILED; i++) {
        if (!iterate(x, node->offset))
            return FLOW_FAILED;
        frame->dot = element(&over, i, &key);
        if (pipe->n_slots > 0)
            frame->slots[pipe->slots[pipe->n_slots - 1]] = frame->dot;
        if (pipe->n_slots == 2)
            frame->slots[pipe->slots[0]] = key;
        flow = expand_list(x, frame, node->body);
    }
    frame->dot = dot;
    return flow == FLOW_FAILED ? FLOW_FAILED : FLOW_NEXT;
}

/* A template's body with its own variables; `presets` fill the slots behind $. */
static bool expand_definition(struct expansion *x, const struct template_definition *definition,
                              struct template_value dot, const struct template_value *presets,
                              size_t n_presets)
{
    struct frame frame = {ARENA_ARRAY_ZERO(&x->values, struct template_value, definition->n_slots), dot};
    frame.slots[0] = dot;
    for (size_t i = 0; i < n_presets; i++)
        frame.slots[i + 1] = presets[i];
    return expand_list(x, &frame, definition->body) != FLOW_FAILED;
}

static enum flow expand_template(struct expansion *x, struct frame *frame, const struct template_node *node)
{
    struct template_value dot = template_nil();
    const struct template_definition *definition = x->template->definitions;
    while (definition && !text_eq(definition->name, node->text))
        definition = definition->next;
    if (!definition) {
        err_set_at(x->err, ERR_INPUT, source_pos_of(x->template->text, node->offset),
                   "template \"%.*s\" not defined", TEXT_ARG(node->text));
        return FLOW_FAILED;
    }
    if (x->calls == TEMPLATE_DEPTH_MAX) {
        fail_limit(x, node->offset, "templates within each other", TEMPLATE_DEPTH_MAX);
        return FLOW_FAILED;
    }
    if (!iterate(x, node->offset) || (node->pipe && !eval_pipe(x, frame, node->pipe, &dot)))
        return FLOW_FAILED;
    x->calls++;
    bool ok = expand_definition(x, definition, dot, NULL, 0);
    x->calls--;
    return ok ? FLOW_NEXT : FLOW_FAILED;
}

static enum flow expand_node(struct expansion *x, struct frame *frame, const struct template_node *node)
{
    struct template_value value;
    switch (node->kind) {
    case NODE_TEXT:
        buf_add_text(x->out, node->text);
        return FLOW_NEXT;
    case NODE_ACTION:
        if (!eval_pipe(x, frame, node->pipe, &value))
            return FLOW_FAILED;
        if (node->pipe->n_slots == 0)
            template_value_print(&value, x->out);
        return FLOW_NEXT;
    case NODE_IF:
    case NODE_WITH:
        return expand_if(x, frame, node);
    case NODE_RANGE:
        return expand_range(x, frame, node);
    case NODE_TEMPLATE:
        return expand_template(x, frame, node);
    case NODE_BREAK:
        return FLOW_BREAK;
    case NODE_CONTINUE:
        return FLOW_CONTINUE;
    }
    return FLOW_FAILED;
}

static enum flow expand_list(struct expansion *x, struct frame *frame, const struct template_node *node)
{
    enum flow flow = FLOW_NEXT;
    if (node && ++x->levels > LEVELS_MAX) {
        fail_limit(x, node->offset, "levels of blocks and templates", LEVELS_MAX);
        return FLOW_FAILED;
    }
    for (const struct template_node *n = node; n && flow == FLOW_NEXT; n = n->next)
        flow = step(x, n->offset) ? expand_node(x, frame, n) : FLOW_FAILED;
    x->levels -= node != NULL;
    return flow;
}

bool template_expand(const struct template *template, const struct template_data *data, struct buf *out,
                     struct err *err)
{
    struct expansion x = {.template = template, .out = out, .err = err};
    size_t n_presets = template->dialect ? template->dialect->n_variables : 0;
    arena_init(&x.values, TEMPLATE_VALUES_MAX_BYTES);
    x.call = (struct template_call){&x.values, data, regex_set_new()};
    bool ok = expand_definition(&x, &template->main, data->dot, data->variables, n_presets) &&
              step(&x, template->text.len);
    regex_set_free(x.call.regexes);
    arena_finish(&x.values);
    return ok;
}
