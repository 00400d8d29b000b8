/* Statuses as OpenMetrics, for a textfile collector or a push gateway. */
#include "report/status.h"

#include "base/buf.h"
#include "engine/slo_metrics.h"

void status_openmetrics(const struct json *document, struct buf *out)
{
    slo_metrics_write(document, out);
    buf_puts(out, "# EOF\n");
}
