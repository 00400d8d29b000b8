/* Until delivery lands here, obligations wait in the store. */
#include "engine/deliver.h"
#include "base/memory.h"
struct deliver { int x; };
struct deliver *deliver_new(const struct deliver_options *o, struct err *e) { (void)o; (void)e; return memory_alloc_zero(1, sizeof(struct deliver)); }
void deliver_free(struct deliver *d) { memory_free(d); }
int64_t deliver_step(struct deliver *d, int64_t now) { (void)d; return now + 1000; }
