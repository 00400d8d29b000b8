/* yaml_hint: what a person probably meant where YAML reads something else. */
#ifndef SLOBURN_BASE_YAML_HINT_H
#define SLOBURN_BASE_YAML_HINT_H

#include "base/text.h"

/* A hint for a syntax error in this line of the file, or NULL. `problem` is libyaml's message. */
const char *yaml_hint(struct text line, const char *problem);
/* Whether a comment that follows this plain value seems to be a part of it: it starts inside quotes or
 * brackets, or is a word of prose ("issue #5"). */
bool yaml_cut_by_comment(struct text value, struct text rest_of_line);

#endif
