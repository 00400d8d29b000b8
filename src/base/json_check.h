/* json_check: whether a text is JSON (RFC 8259) within our limits; json_parse's first half. */
#ifndef SLOBURN_BASE_JSON_CHECK_H
#define SLOBURN_BASE_JSON_CHECK_H

#include "base/err.h"

enum { JSON_BYTES_MAX = 32 << 20, JSON_DEPTH_MAX = 64, JSON_VALUES_MAX = 1000000 };

/* ERR_INPUT with line and column for bad JSON, ERR_LIMIT for too much of it. */
NODISCARD bool json_check(struct text content, struct err *err);

#endif
