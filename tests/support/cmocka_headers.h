/* What cmocka needs before it, in the order it needs it. */
#ifndef SLOBURN_TESTS_CMOCKA_HEADERS_H
#define SLOBURN_TESTS_CMOCKA_HEADERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
