/* Zones by name: a handful a configuration, hence a list. */
#include "base/timezone_set.h"

#include "base/vec.h"

struct timezone_set {
    VEC(struct timezone_zone *) zones;
};

struct timezone_set *timezone_set_new(void)
{
    return memory_alloc_zero(1, sizeof(struct timezone_set));
}

void timezone_set_free(struct timezone_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->zones.len; i++)
        timezone_close(set->zones.at[i]);
    VEC_FREE(&set->zones);
    memory_free(set);
}

const struct timezone_zone *timezone_set_get(struct timezone_set *set, struct text name, struct err *err)
{
    for (size_t i = 0; i < set->zones.len; i++)
        if (text_is(name, timezone_name(set->zones.at[i])))
            return set->zones.at[i];
    struct timezone_zone *zone = timezone_open(name, err);
    if (zone)
        VEC_PUSH(&set->zones, zone);
    return zone;
}
