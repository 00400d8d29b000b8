/* timezone_set: zones by name, each opened once, all closed together: what a configuration names lives as
 * long as it. For one thread. */
#ifndef SLOBURN_BASE_TIMEZONE_SET_H
#define SLOBURN_BASE_TIMEZONE_SET_H

#include "base/timezone.h"

struct timezone_set;

struct timezone_set *timezone_set_new(void);
void timezone_set_free(struct timezone_set *set);
/* Borrowed from the set; NULL and err if there is no such zone. "UTC" needs no file. */
NODISCARD const struct timezone_zone *timezone_set_get(struct timezone_set *set, struct text name,
                                                       struct err *err);

#endif
