/* function_text: words annotations. Names are quoted as Go's %q does, numbers printed as its %g does. */
#include "promql/function_text.h"

#include "base/buf.h"

enum { ANNOTATION_TEXT_MAX = 4096 };

static void print_of_metric(struct buf *out, const struct range_window *w, const char *text, const char *link)
{
    buf_init(out, ANNOTATION_TEXT_MAX);
    buf_puts(out, text);
    struct text metric = series_metric(w->series->labels);
    if (metric.len > 0) {
        buf_puts(out, link);
        text_print_quoted(metric, out);
    }
}

void warn_of_metric(const struct range_window *w, const char *text, const char *link)
{
    struct buf out;
    print_of_metric(&out, w, text, link);
    eval_warn(w->call->eval, call_position(w->call, 0), "%s", buf_cstring(&out));
    buf_finish(&out);
}

void info_of_metric(const struct range_window *w, const char *text, const char *link)
{
    struct buf out;
    print_of_metric(&out, w, text, link);
    eval_info(w->call->eval, call_position(w->call, 0), "%s", buf_cstring(&out));
    buf_finish(&out);
}

void warn_of_quantile(struct eval_call *call, size_t arg, double q)
{
    if (q >= 0 && q <= 1)
        return;
    eval_warn(call->eval, call_position(call, arg), "quantile value should be between 0 and 1, got %s",
              eval_number(call->eval, q));
}

void warn_histograms_unsupported(struct eval_call *call)
{
    eval_warn(call->eval, call->expr, "%s() does not evaluate native histograms yet: they were left out",
              call->function->name);
}
