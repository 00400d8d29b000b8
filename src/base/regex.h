/* regex: the one door to PCRE2. Only RE2's syntax is accepted: what RE2 refuses (look-around,
 * back-references, possessive quantifiers, \C, recursion, …) is refused in its words, and (?P<n>…), \pN,
 * [[:alpha:]], (?i) work as there. Patterns are translated (regex_syntax.h), never handed to PCRE2 as they
 * are.
 *
 * Two ways to compile: regex_compile is for matchers, label_replace and relabelling, anchored at both ends
 * and with a dot that matches newlines (Prometheus compiles ^(?s:RE)$); regex_compile_search is for
 * templates' match and reReplaceAll, anywhere in the subject and with a plain dot. Literals, prefixes,
 * suffixes and alternations of these are matched without PCRE2 (regex_fast.h).
 *
 * Limits: patterns of 10,000 bytes (256 KiB if PCRE2 is not needed), groups 200 deep; a match of 1,000,000
 * steps, 4 MiB of heap. A match that exceeds them counts as no match and says so. In subjects that are not
 * UTF-8, a dot does not match a broken byte, except in a leading or trailing .* matched without PCRE2. A
 * compiled regex may be used by several threads at once; a set may not. */
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
NODISCARD const struct regex *regex_compile_search(struct regex_set *set, struct text pattern,
                                                   struct err *err);

/* Matches: the whole subject, or for regex_compile_search any part of it. *over_limit (may be NULL) turns
 * true, and else is left alone, if a limit ended the match (result false). */
bool regex_matches(const struct regex *regex, struct text subject, bool *over_limit);
/* As matches, and appends `replacement` with $1, ${name}, $$ expanded by Go's rules ($1x is the group "1x";
 * what is unknown or did not take part is empty). False: no match, nothing appended. */
bool regex_expand(const struct regex *regex, struct text subject, struct text replacement, struct buf *out,
                  bool *over_limit);
/* Only for regex_compile_search: appends the subject with each non-overlapping match replaced, by Go's
 * ReplaceAllString. False if a limit ended it (the rest of the subject is appended as it is). */
bool regex_replace_all(const struct regex *regex, struct text subject, struct text replacement,
                       struct buf *out);
/* Whether the empty text matches: label matchers ask this for absent labels. */
bool regex_matches_empty(const struct regex *regex);
/* The pattern as it was given. */
struct text regex_pattern(const struct regex *regex);

#endif
