/* The traps of YAML, told from the text of the line. Guesses: they only ever add a hint. */
#include "base/yaml_hint.h"

/* What stands behind "key: " or "- ", trimmed; the whole line if there is neither. */
static struct text value_of(struct text line)
{
    line = text_trim(line);
    while (line.len > 2 && line.at[0] == '-' && line.at[1] == ' ')
        line = text_trim(text_part(line, 2, line.len));
    for (size_t i = 0; i + 1 < line.len && line.at[0] != '"' && line.at[0] != '\''; i++)
        if (line.at[i] == ':' && line.at[i + 1] == ' ')
            return text_trim(text_part(line, i + 2, line.len));
    return line;
}

static const char *hint_by_first(char first)
{
    switch (first) {
    case '{':
        return "a value that starts with { is a map in YAML: put the whole value in single quotes";
    case '[':
        return "a value that starts with [ is a list in YAML: put the whole value in single quotes";
    case '@':
    case '`':
    case '%':
        return "YAML reserves this character at the start of a value: put the value in quotes";
    case '*':
        return "a value that starts with * is an alias in YAML: put the value in quotes";
    case '&':
        return "a value that starts with & is an anchor in YAML: put the value in quotes";
    case '!':
        return "a value that starts with ! is a tag in YAML: put the value in quotes";
    case '>':
    case '|':
        return "a value that starts with > or | is a block of lines in YAML: put the value in quotes";
    case '"':
    case '\'':
        return "the value ends at its closing quote: put the whole value in the other kind of quotes, or "
               "write it below "
               "\"key: |\"";
    default:
        return NULL;
    }
}

const char *yaml_hint(struct text line, const char *problem)
{
    struct text value = value_of(line);
    for (size_t i = 0; i < line.len && (line.at[i] == ' ' || line.at[i] == '\t'); i++)
        if (line.at[i] == '\t')
            return "indent with spaces: YAML allows no tabs there";
    if (strstr(problem, "found unexpected ':'"))
        return "write a space behind the colon";
    const char *hint = value.len ? hint_by_first(value.at[0]) : NULL;
    if (hint)
        return hint;
    if (text_contains(value, TEXT(": ")) || strstr(problem, "mapping values are not allowed"))
        return "a value with \": \" in it must be in quotes";
    if (text_contains(value, TEXT(" #")))
        return "\" #\" starts a comment: put the value in quotes";
    if (strstr(problem, "did not find expected key"))
        return "is this line indented like those it belongs with?";
    return NULL;
}

/* "see issue #5", "ask in #oncall": prose, and a word right behind the sign. Comments have a space there. */
static bool cuts_prose(struct text value, struct text comment)
{
    return text_find(value, ' ') < value.len && comment.len > 1 && comment.at[1] != ' ' &&
           comment.at[1] != '\t' && comment.at[1] != '#';
}

bool yaml_cut_by_comment(struct text value, struct text rest_of_line)
{
    int depth = 0;
    char quote = 0;
    size_t spaces = 0;
    while (spaces < rest_of_line.len && (rest_of_line.at[spaces] == ' ' || rest_of_line.at[spaces] == '\t'))
        spaces++;
    if (spaces == 0 || spaces == rest_of_line.len || rest_of_line.at[spaces] != '#')
        return false;
    if (cuts_prose(value, text_part(rest_of_line, spaces, rest_of_line.len)))
        return true;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];
        if (quote) {
            if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '`') {
            quote = c;
        } else if (c == '(' || c == '{' || c == '[') {
            depth++;
        } else if (c == ')' || c == '}' || c == ']') {
            depth--;
        }
    }
    return quote || depth > 0;
}
