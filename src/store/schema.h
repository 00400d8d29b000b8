/* schema: the tables, and the steps from each version to the next. Internal to src/store. */
#ifndef SLOBURN_STORE_SCHEMA_H
#define SLOBURN_STORE_SCHEMA_H

#include "store/database.h"

enum { STORE_APPLICATION_ID = 0x736c626e }; /* "slbn" */

/* 0: a new file. ERR_STORE if it is no store of ours, or newer than this program. */
NODISCARD bool schema_version(struct database *db, int *version, struct err *err);
/* Brings the schema from `version` to the present, in one transaction. */
NODISCARD bool schema_migrate(struct database *db, int version, struct err *err);

#endif
