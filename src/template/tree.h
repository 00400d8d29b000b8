/* tree: a parsed template, as parse.c makes it and expand.c walks it. Variables are slots of a frame: blocks
 * nest, so the slot of a variable is known when it is declared. All nodes live in the arena the template was
 * parsed into. */
#ifndef SLOBURN_TEMPLATE_TREE_H
#define SLOBURN_TEMPLATE_TREE_H

#include "template/template.h"

enum operand_kind {
    OPERAND_CONSTANT,
    OPERAND_NIL,
    OPERAND_DOT,  /* and .A.B, by its chain */
    OPERAND_SLOT, /* a variable; slot 0 is $ */
    OPERAND_FUNCTION,
    OPERAND_PIPE, /* in parentheses */
};

struct template_operand {
    enum operand_kind kind;
    struct text source;
    size_t offset;
    struct template_value constant;
    size_t slot;
    const struct template_function *function; /* without a body: and, or */
    struct template_pipe *pipe;
    struct text *chain; /* .A.B behind it */
    size_t n_chain;
};

struct template_command {
    struct text source;
    struct template_operand *operands;
    size_t len;
};

struct template_pipe {
    struct text source;
    size_t offset;
    size_t slots[2]; /* of the variables that it sets */
    size_t n_slots;
    struct template_command *commands;
    size_t len;
};

enum node_kind {
    NODE_TEXT,
    NODE_ACTION,
    NODE_IF,
    NODE_RANGE,
    NODE_WITH,
    NODE_TEMPLATE,
    NODE_BREAK,
    NODE_CONTINUE
};

struct template_node {
    enum node_kind kind;
    size_t offset;
    struct text text;           /* of NODE_TEXT; the name for NODE_TEMPLATE */
    struct template_pipe *pipe; /* or NULL */
    struct template_node *body;
    struct template_node *otherwise;
    struct template_node *next;
};

struct template_definition {
    struct text name;
    struct template_node *body;
    size_t n_slots;
    struct template_definition *next;
};

struct template
{
    struct text text;
    const struct template_dialect *dialect; /* or NULL */
    struct template_definition main;
    struct template_definition *definitions;
};

/* A built in function, or NULL. */
const struct template_function *template_builtin(struct text name);

#endif
