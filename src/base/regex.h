/* regex: the one door to PCRE2. Only RE2's syntax is accepted: what RE2 refuses (look-around,
 * back-references, possessive quantifiers, \C, recursion, …) is refused with a message in RE2's words, and
 * (?P<n>…), \pN, [[:alpha:]], (?i) work as there. Anchored at both ends, dot matches newline
 * (Prometheus compiles ^(?s:RE)$). Literals, prefixes, suffixes and alternations of literals are matched without PCRE2.
 * Match and heap limits are always set; a match that exceeds them counts as a limit error. */
#ifndef SLOBURN_BASE_REGEX_H
#define SLOBURN_BASE_REGEX_H

#include "base/err.h"

struct regex;
struct regex_set; /* owns compiled expressions; frees them all at once; finds equal ones again */
struct buf;

struct regex_set *regex_set_new(void);
void regex_set_free(struct regex_set *set);
/* NULL and err (ERR_INPUT, column in the pattern) if it is not valid RE2. Borrowed from the set. */
NODISCARD const struct regex *regex_compile(struct regex_set *set, struct text pattern, struct err *err);
/* Whole text matches. *over_limit (may be NULL) turns true if a limit ended the match (result false). */
bool regex_matches(const struct regex *regex, struct text subject, bool *over_limit);
/* As matches, and appends `replacement` with $1, ${name} expanded by Go's rules. False: no match. */
bool regex_expand(const struct regex *regex, struct text subject, struct text replacement, struct buf *out,
                  bool *over_limit);
/* Calls back for each non-overlapping match anywhere in the subject (unanchored), for reReplaceAll. */
bool regex_replace_all(const struct regex *regex, struct text subject, struct text replacement, struct buf *out);
bool regex_matches_empty(const struct regex *regex);

#endif
