/* A threshold and the bounds around it. */
#include "engine/bounds_json.h"

#include "engine/budget_json.h"
#include "store/state_rows.h"

#include <math.h>

enum { STATUS_MAX = 1 << 20 };

static void put_bound(struct json_writer *w, const char *name, double bound)
{
    json_name(w, name);
    if (isfinite(bound))
        json_put_double(w, bound);
    else
        json_put_null(w);
}

void bounds_json(struct json_writer *w, const struct slo *slo, const struct ledger *ledger, uint32_t group)
{
    const struct ledger_bounds *bounds = ledger_bounds(ledger);
    const struct ledger_uncertain *uncertain = ledger_uncertain(ledger, group);
    if (!bounds->between && !bounds->unjudged)
        return;
    json_name(w, "bounds");
    json_open(w, '{');
    json_field_double(w, "threshold", slo->bound);
    put_bound(w, "below", bounds->below);
    put_bound(w, "above", bounds->above);
    json_field_string(w, "judged_by", slo->between == BETWEEN_GOOD ? "above" : "below");
    json_field_int(w, "exact", (int64_t)bounds->exact);
    json_field_int(w, "between", (int64_t)bounds->between);
    json_field_int(w, "unjudged", (int64_t)bounds->unjudged);
    json_field_int(w, "since_ms", uncertain->since_ms);
    json_field_int(w, "units", uncertain->units);
    json_field_int(w, "uncertain_units", uncertain->between);
    json_close(w, '}');
}

void bounds_json_stored(struct json_writer *w, struct database *reader, int64_t group_id)
{
    struct buf status;
    struct err err;
    buf_init(&status, STATUS_MAX);
    struct json *json =
        slo_status_read(reader, group_id, &status) ? json_parse(buf_text(&status), &err) : NULL;
    const struct json *bounds = json_get(json, "bounds");
    if (bounds) {
        buf_clear(&status);
        json_print(bounds, &status);
        json_name(w, "bounds");
        json_put_raw(w, buf_text(&status));
    }
    json_free(json);
    buf_finish(&status);
}
