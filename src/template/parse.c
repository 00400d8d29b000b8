/* The parser: one function a production, Go's wording in errors. The lexer's error is sticky and END follows
 * it, so that every loop here ends by itself; depth is bounded before each recursion. */
#include "base/buf.h"
#include "base/vec.h"
#include "template/constant.h"
#include "template/lex.h"
#include "template/tree.h"

enum { SLOTS_MAX = 1000 };

struct parser {
    struct template_lexer lexer;
    struct token ahead[3]; /* tokens looked at, not taken */
    size_t n_ahead;
    struct arena *arena;
    struct template *template;
    VEC(struct text) variables; /* in scope; the index is the slot */
    size_t most_slots;
    int depth;
    int ranges; /* enclosing ones, for break and continue */
};

enum block_end { BLOCK_END, BLOCK_ELSE, BLOCK_EOF };

static struct token peek_at(struct parser *p, size_t i)
{
    while (p->n_ahead <= i)
        p->ahead[p->n_ahead++] = template_lexer_next(&p->lexer);
    return p->lexer.failed ? (struct token){.kind = TOKEN_END} : p->ahead[i];
}

static struct token peek(struct parser *p)
{
    return peek_at(p, 0);
}

static struct token take(struct parser *p)
{
    struct token token = peek(p);
    p->n_ahead--;
    memmove(p->ahead, p->ahead + 1, p->n_ahead * sizeof *p->ahead);
    return token;
}

static bool failed(const struct parser *p)
{
    return p->lexer.failed;
}

static void unexpected(struct parser *p, struct token token, const char *context)
{
    if (token.kind == TOKEN_END)
        template_lexer_fail(&p->lexer, token.offset, "unexpected EOF");
    else
        template_lexer_fail(&p->lexer, token.offset, "unexpected \"%.*s\" in %s",
                            (int)(token.text.len < 40 ? token.text.len : 40), token.text.at, context);
}

static bool is_word(struct token token, const char *word)
{
    return token.kind == TOKEN_IDENTIFIER && text_is(token.text, word);
}

/* A level deeper; false beyond the limit. */
static bool enter(struct parser *p, size_t offset)
{
    if (++p->depth > TEMPLATE_DEPTH_MAX && !failed(p)) {
        template_lexer_fail(&p->lexer, offset, "nested deeper than %d levels", TEMPLATE_DEPTH_MAX);
        p->lexer.err->kind = ERR_LIMIT;
    }
    return !failed(p);
}

static void leave(struct parser *p)
{
    p->depth--;
}

static size_t declare(struct parser *p, struct token name)
{
    if (p->variables.len == SLOTS_MAX)
        template_lexer_fail(&p->lexer, name.offset, "more than %d variables", SLOTS_MAX);
    VEC_PUSH(&p->variables, name.text);
    if (p->variables.len > p->most_slots)
        p->most_slots = p->variables.len;
    return p->variables.len - 1;
}

static size_t find_slot(struct parser *p, struct token name)
{
    for (size_t i = p->variables.len; i > 0; i--)
        if (text_eq(p->variables.at[i - 1], name.text))
            return i - 1;
    template_lexer_fail(&p->lexer, name.offset, "undefined variable \"$%.*s\"", TEXT_ARG(name.text));
    return 0;
}

static const struct template_function *find_function(struct parser *p, struct token name)
{
    const struct template_dialect *dialect = p->template->dialect;
    for (size_t i = 0; dialect && i < dialect->n_functions; i++)
        if (text_is(name.text, dialect->functions[i].name))
            return &dialect->functions[i];
    const struct template_function *function = template_builtin(name.text);
    if (!function)
        template_lexer_fail(&p->lexer, name.offset, "function \"%.*s\" not defined", TEXT_ARG(name.text));
    return function;
}

static struct template_pipe *parse_pipe(struct parser *p, const char *context, bool in_range);

/* constant = number | character | string | "true" | "false" */
static bool parse_constant(struct parser *p, struct token token, struct template_value *value)
{
    const char *problem = NULL;
    if (token.kind == TOKEN_NUMBER)
        problem = template_constant_number(token.text, value);
    else if (token.kind == TOKEN_STRING || token.kind == TOKEN_CHARACTER)
        problem = template_constant_text(token.text, p->arena, value);
    else if (is_word(token, "true") || is_word(token, "false"))
        *value = template_bool(token.text.at[0] == 't');
    else
        return false;
    if (problem)
        template_lexer_fail(&p->lexer, token.offset, "%s: %.*s", problem, TEXT_ARG(token.text));
    return true;
}

/* { field } directly behind a term */
static void parse_chain(struct parser *p, struct template_operand *operand)
{
    VEC(struct text) names = {0};
    for (size_t i = 0; i < operand->n_chain; i++)
        VEC_PUSH(&names, operand->chain[i]);
    while (peek(p).kind == TOKEN_FIELD && !peek(p).space_before) {
        struct token field = take(p);
        if (operand->kind == OPERAND_CONSTANT || operand->kind == OPERAND_NIL)
            template_lexer_fail(&p->lexer, field.offset, "unexpected . after term \"%.*s\"",
                                TEXT_ARG(operand->source));
        VEC_PUSH(&names, field.text);
        operand->source.len = (size_t)(field.text.at + field.text.len - operand->source.at);
    }
    operand->n_chain = names.len;
    operand->chain = ARENA_ARRAY(p->arena, struct text, names.len);
    if (names.len)
        memcpy(operand->chain, names.at, names.len * sizeof *names.at);
    VEC_FREE(&names);
}

static void parse_parentheses(struct parser *p, struct template_operand *operand)
{
    if (!enter(p, operand->offset))
        return;
    operand->kind = OPERAND_PIPE;
    operand->pipe = parse_pipe(p, "parenthesized pipeline", false);
    struct token close = take(p);
    if (close.kind != TOKEN_RIGHT_PAREN)
        template_lexer_fail(&p->lexer, operand->offset, "unclosed left paren");
    else
        operand->source.len = close.offset + 1 - operand->offset;
    leave(p);
}

/* operand = (constant | "nil" | "." | field | variable | function | "(" pipe ")") { field } */
static struct template_operand parse_operand(struct parser *p)
{
    struct token token = take(p);
    struct template_operand operand = {.source = token.text, .offset = token.offset};
    if (token.kind == TOKEN_VARIABLE || token.kind == TOKEN_FIELD)
        operand.source = text_part(p->lexer.whole, token.offset, token.offset + token.text.len + 1);
    if (parse_constant(p, token, &operand.constant)) {
        operand.kind = OPERAND_CONSTANT;
    } else if (is_word(token, "nil")) {
        operand.kind = OPERAND_NIL;
    } else if (token.kind == TOKEN_DOT) {
        operand.kind = OPERAND_DOT;
    } else if (token.kind == TOKEN_FIELD) {
        operand.kind = OPERAND_DOT;
        operand.chain = &token.text;
        operand.n_chain = 1;
    } else if (token.kind == TOKEN_VARIABLE) {
        operand.kind = OPERAND_SLOT;
        operand.slot = find_slot(p, token);
    } else if (token.kind == TOKEN_IDENTIFIER) {
        operand.kind = OPERAND_FUNCTION;
        operand.function = find_function(p, token);
    } else if (token.kind == TOKEN_LEFT_PAREN) {
        parse_parentheses(p, &operand);
    } else {
        unexpected(p, token, "operand");
    }
    parse_chain(p, &operand);
    return operand;
}

static bool ends_command(enum token_kind kind)
{
    return kind == TOKEN_CLOSE || kind == TOKEN_PIPE || kind == TOKEN_RIGHT_PAREN || kind == TOKEN_END;
}

/* command = operand { space operand } */
static struct template_command parse_command(struct parser *p)
{
    VEC(struct template_operand) operands = {0};
    struct template_command command = {0};
    do {
        struct template_operand operand = parse_operand(p);
        VEC_PUSH(&operands, operand);
        struct token next = peek(p);
        if (!ends_command(next.kind) && !next.space_before)
            unexpected(p, next, "operand");
    } while (!failed(p) && !ends_command(peek(p).kind));
    const struct template_operand *last = &operands.at[operands.len - 1];
    command.len = operands.len;
    command.operands = ARENA_ARRAY(p->arena, struct template_operand, operands.len);
    memcpy(command.operands, operands.at, operands.len * sizeof *operands.at);
    if (!failed(p))
        command.source = text_part(p->lexer.whole, operands.at[0].offset, last->offset + last->source.len);
    VEC_FREE(&operands);
    return command;
}

/* [variable ["," variable] (":=" | "=")]: the names, taken; declared only behind the pipe's commands. */
static size_t parse_names(struct parser *p, bool in_range, struct token names[2], bool *assign)
{
    size_t n = 0;
    if (peek(p).kind != TOKEN_VARIABLE)
        return 0;
    enum token_kind next = peek_at(p, 1).kind;
    if (in_range && next == TOKEN_COMMA) {
        names[n++] = take(p);
        take(p);
        if (peek(p).kind != TOKEN_VARIABLE)
            unexpected(p, peek(p), "range");
        next = peek_at(p, 1).kind;
        if (next != TOKEN_DECLARE && next != TOKEN_ASSIGN)
            template_lexer_fail(&p->lexer, peek(p).offset, "range can only initialize variables");
    }
    if (next != TOKEN_DECLARE && next != TOKEN_ASSIGN)
        return n;
    names[n++] = take(p);
    *assign = take(p).kind == TOKEN_ASSIGN;
    return n;
}

/* pipe = [names] command { "|" command } */
static struct template_pipe *parse_pipe(struct parser *p, const char *context, bool in_range)
{
    struct template_pipe *pipe = ARENA_NEW(p->arena, struct template_pipe);
    struct token names[2];
    bool assign = false;
    VEC(struct template_command) commands = {0};
    pipe->offset = peek(p).offset;
    pipe->n_slots = parse_names(p, in_range, names, &assign);
    if (!failed(p) && ends_command(peek(p).kind) && peek(p).kind != TOKEN_END)
        template_lexer_fail(&p->lexer, peek(p).offset, "missing value for %s", context);
    while (!failed(p)) {
        struct template_command command = parse_command(p);
        enum operand_kind first = command.operands[0].kind;
        VEC_PUSH(&commands, command);
        if (commands.len > 1 && (first == OPERAND_CONSTANT || first == OPERAND_NIL ||
                                 (first == OPERAND_DOT && command.operands[0].n_chain == 0)))
            template_lexer_fail(&p->lexer, command.operands[0].offset,
                                "non executable command in pipeline stage %zu", commands.len);
        if (peek(p).kind != TOKEN_PIPE)
            break;
        take(p);
        if (ends_command(peek(p).kind))
            template_lexer_fail(&p->lexer, peek(p).offset, "missing value for command");
    }
    for (size_t i = 0; i < pipe->n_slots && !failed(p); i++)
        pipe->slots[i] = assign ? find_slot(p, names[i]) : declare(p, names[i]);
    pipe->len = commands.len;
    pipe->commands = ARENA_ARRAY(p->arena, struct template_command, commands.len);
    if (commands.len) {
        memcpy(pipe->commands, commands.at, commands.len * sizeof *commands.at);
        const struct text *last = &commands.at[commands.len - 1].source;
        if (!failed(p))
            pipe->source =
                text_part(p->lexer.whole, pipe->offset, (size_t)(last->at + last->len - p->lexer.whole.at));
    }
    VEC_FREE(&commands);
    return pipe;
}

static void parse_close(struct parser *p, const char *context)
{
    struct token token = take(p);
    if (token.kind != TOKEN_CLOSE)
        unexpected(p, token, context);
}

static struct template_node *new_node(struct parser *p, enum node_kind kind, size_t offset)
{
    struct template_node *node = ARENA_NEW(p->arena, struct template_node);
    node->kind = kind;
    node->offset = offset;
    return node;
}

static struct template_node *parse_list(struct parser *p, enum block_end *end);
static struct template_node *parse_control(struct parser *p, struct token keyword);

/* Behind {{else: "}}" list "{{end}}", or another if (or with) that shares our end. */
static struct template_node *parse_else(struct parser *p, struct token keyword)
{
    enum block_end end;
    struct token again = peek(p);
    bool chained =
        keyword.text.at[0] != 'r' && again.kind == TOKEN_IDENTIFIER && text_eq(again.text, keyword.text);
    if (chained)
        return parse_control(p, take(p));
    parse_close(p, "else");
    struct template_node *list = parse_list(p, &end);
    if (!failed(p) && end != BLOCK_END)
        template_lexer_fail(&p->lexer, peek(p).offset,
                            end == BLOCK_EOF ? "unexpected EOF" : "expected end; found {{else}}");
    return list;
}

/* control = ("if" | "range" | "with") pipe "}}" list [else] "{{end}}" */
static struct template_node *parse_control(struct parser *p, struct token keyword)
{
    enum block_end end;
    bool range = keyword.text.at[0] == 'r';
    size_t scope = p->variables.len;
    struct template_node *node = new_node(p,
                                          range                       ? NODE_RANGE
                                          : keyword.text.at[0] == 'i' ? NODE_IF
                                                                      : NODE_WITH,
                                          keyword.offset);
    if (!enter(p, keyword.offset))
        return node;
    node->pipe = parse_pipe(p, range ? "range" : keyword.text.at[0] == 'i' ? "if" : "with", range);
    parse_close(p, "action");
    p->ranges += range;
    node->body = parse_list(p, &end);
    p->ranges -= range;
    if (!failed(p) && end == BLOCK_EOF)
        template_lexer_fail(&p->lexer, p->lexer.whole.len, "unexpected EOF");
    if (!failed(p) && end == BLOCK_ELSE)
        node->otherwise = parse_else(p, keyword);
    p->variables.len = scope;
    leave(p);
    return node;
}

/* The name behind define, block, template. */
static struct text parse_name(struct parser *p, const char *context)
{
    struct token token = take(p);
    struct template_value name = template_string(TEXT(""));
    if (token.kind != TOKEN_STRING)
        unexpected(p, token, context);
    else
        parse_constant(p, token, &name);
    return name.text;
}

/* "}}" list "{{end}}" as a template of its own: other variables are not seen in it. */
static void parse_definition(struct parser *p, struct text name, size_t offset)
{
    enum block_end end;
    struct parser outer = *p;
    struct template_definition *definition = ARENA_NEW(p->arena, struct template_definition);
    for (struct template_definition *d = p->template->definitions; d; d = d->next)
        if (text_eq(d->name, name))
            template_lexer_fail(&p->lexer, offset, "multiple definition of template \"%.*s\"",
                                TEXT_ARG(name));
    *definition = (struct template_definition){.name = name, .next = p->template->definitions};
    p->template->definitions = definition;
    memset(&p->variables, 0, sizeof p->variables);
    p->ranges = 0;
    p->most_slots = 0;
    VEC_PUSH(&p->variables, TEXT(""));
    p->most_slots = 1;
    if (enter(p, offset)) {
        definition->body = parse_list(p, &end);
        if (!failed(p) && end != BLOCK_END)
            template_lexer_fail(&p->lexer, offset,
                                end == BLOCK_EOF ? "unexpected EOF" : "unexpected {{else}}");
    }
    leave(p);
    definition->n_slots = p->most_slots;
    VEC_FREE(&p->variables);
    memcpy(&p->variables, &outer.variables, sizeof p->variables);
    p->ranges = outer.ranges;
    p->most_slots = outer.most_slots;
}

/* "define" string "}}" list "{{end}}": gives no node. */
static void parse_define(struct parser *p, struct token keyword)
{
    if (p->depth > 0)
        template_lexer_fail(&p->lexer, keyword.offset, "unexpected {{define}}");
    struct text name = parse_name(p, "define clause");
    parse_close(p, "define clause");
    parse_definition(p, name, keyword.offset);
}

/* "template" string [pipe] "}}" | "block" string pipe "}}" list "{{end}}" */
static struct template_node *parse_template(struct parser *p, struct token keyword)
{
    bool block = keyword.text.at[0] == 'b';
    struct template_node *node = new_node(p, NODE_TEMPLATE, keyword.offset);
    node->text = parse_name(p, block ? "block clause" : "template clause");
    if (block || peek(p).kind != TOKEN_CLOSE)
        node->pipe = parse_pipe(p, block ? "block clause" : "template clause", false);
    parse_close(p, block ? "block clause" : "template clause");
    if (block)
        parse_definition(p, node->text, keyword.offset);
    return node;
}

static struct template_node *parse_jump(struct parser *p, struct token keyword)
{
    bool is_break = keyword.text.at[0] == 'b';
    if (p->ranges == 0)
        template_lexer_fail(&p->lexer, keyword.offset, "{{%s}} outside {{range}}",
                            is_break ? "break" : "continue");
    parse_close(p, is_break ? "{{break}}" : "{{continue}}");
    return new_node(p, is_break ? NODE_BREAK : NODE_CONTINUE, keyword.offset);
}

/* Behind "{{". NULL where there is nothing to expand. */
static struct template_node *parse_action(struct parser *p)
{
    struct token token = peek(p);
    if (is_word(token, "if") || is_word(token, "range") || is_word(token, "with"))
        return parse_control(p, take(p));
    if (is_word(token, "template") || is_word(token, "block"))
        return parse_template(p, take(p));
    if (is_word(token, "break") || is_word(token, "continue"))
        return parse_jump(p, take(p));
    if (is_word(token, "define")) {
        parse_define(p, take(p));
        return NULL;
    }
    struct template_node *node = new_node(p, NODE_ACTION, token.offset);
    node->pipe = parse_pipe(p, "command", false);
    parse_close(p, "operand");
    return node;
}

/* list = { text | "{{" action }, up to {{end}} (taken), {{else (its }} not) or the end of the text. */
static struct template_node *parse_list(struct parser *p, enum block_end *end)
{
    struct template_node *first = NULL, **last = &first;
    *end = BLOCK_EOF;
    while (!failed(p) && peek(p).kind != TOKEN_END) {
        struct token token = take(p);
        struct template_node *node;
        if (token.kind == TOKEN_TEXT) {
            node = new_node(p, NODE_TEXT, token.offset);
            node->text = token.text;
        } else if (is_word(peek(p), "end") || is_word(peek(p), "else")) {
            *end = take(p).text.len == 3 ? BLOCK_END : BLOCK_ELSE;
            if (*end == BLOCK_END)
                parse_close(p, "end");
            return first;
        } else {
            node = parse_action(p);
        }
        if (node) {
            *last = node;
            last = &node->next;
        }
    }
    return first;
}

struct template *template_parse(struct text text, const struct template_dialect *dialect, struct arena *arena,
                                struct err *err)
{
    enum block_end end;
    if (text.len > TEMPLATE_BYTES_MAX) {
        err_set(err, ERR_LIMIT, "template of %zu bytes is longer than %d", text.len, TEMPLATE_BYTES_MAX);
        return NULL;
    }
    struct template *template = ARENA_NEW(arena, struct template);
    template->text = text_copy(arena, text);
    template->dialect = dialect;
    struct parser p = {.arena = arena, .template = template};
    template_lexer_init(&p.lexer, template->text, err);
    declare(&p, (struct token){.text = TEXT("")});
    for (size_t i = 0; dialect && i < dialect->n_variables; i++)
        declare(&p, (struct token){.text = text_of(dialect->variables[i])});
    template->main.body = parse_list(&p, &end);
    if (!failed(&p) && end != BLOCK_EOF)
        template_lexer_fail(&p.lexer, p.lexer.action_at,
                            end == BLOCK_END ? "unexpected {{end}}" : "unexpected {{else}}");
    template->main.n_slots = p.most_slots;
    VEC_FREE(&p.variables);
    return failed(&p) ? NULL : template;
}
