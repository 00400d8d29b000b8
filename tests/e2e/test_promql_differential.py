"""The evaluator against Prometheus' own, on the same samples: a real Prometheus holds the simulated service's history and
scrapes it live; evalprobe evaluates each expression here over what that Prometheus gives raw.

Debian's Prometheus is 2.42 and differs from Prometheus 3, which the evaluator follows, in these points. They are avoided:
- its ranges are closed on the left: no query time here puts a sample, or a subquery's step, exactly on a window's border;
- rate, increase and delta stretch a counter that begins near zero inside the window a little differently: these are asked of
  counters that have been there for a day;
- its atan2 keeps the metric's name: operands of atan2 have none here;
- double_exponential_smoothing was called holt_winters;
- functions and modifiers newer than it are left out."""

import json
import math
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import processes

SLOBURN = processes.sloburn()
PROBE = str(pathlib.Path(os.environ.get("SLOBURN_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build")) / "evalprobe")
if not os.access(PROBE, os.X_OK):
    processes.skip(PROBE + " is not built")
processes.needed("prometheus", "promtool")

TOLERANCE = 1e-9
COUNTER = 'rag_queries_total{code="200",instance="rag-1:8080"}'
GAUGE = 'rag_cost_krw_total{instance="rag-2:8080"} / 7 - 100'
ANSWERED = 'rag_queries_total{code="200"}'
BUCKETS = 'rag_query_duration_seconds_bucket{code="200",tenant="acme"}'

OVER_RANGES = """rate increase delta irate idelta resets changes deriv sum_over_time avg_over_time min_over_time max_over_time
count_over_time stddev_over_time stdvar_over_time last_over_time present_over_time absent_over_time""".split()
OF_VALUES = """abs ceil floor exp sqrt ln log2 log10 sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad round
sort sort_desc timestamp absent minute hour day_of_week day_of_month day_of_year days_in_month month year""".split()
AGGREGATIONS = "sum avg min max count group stddev stdvar".split()
OPERATORS = "+ - * / % ^ atan2 == != > < >= <=".split()


def expressions():
    for function in OVER_RANGES:
        for window in "90s", "17m", "1h":
            yield "%s(%s[%s])" % (function, COUNTER, window)
        yield "%s((%s)[10m:17s])" % (function, GAUGE)
        yield "%s(%s[5m] offset 7m)" % (function, COUNTER)
    for function in OF_VALUES:
        yield "%s(%s)" % (function, GAUGE)
        yield "%s((%s) / 1e4)" % (function, GAUGE)
    for function in "minute hour day_of_week day_of_month day_of_year days_in_month month year time pi".split():
        yield function + "()"
    for op in AGGREGATIONS:
        yield "%s(rag_queries_total)" % op
        yield "%s by (tenant, code) (rate(%s[5m]))" % (op, ANSWERED)
        yield "%s without (instance, code) (rate(%s[5m]))" % (op, ANSWERED)
    for op in OPERATORS:
        modifier = " bool" if op in ("==", "!=", ">", "<", ">=", "<=") else ""
        yield "%s %s 1000" % ("sum by (tenant) (rag_queries_total)" if op == "atan2" else COUNTER, op)
        yield "7 %s (%s)" % (op, GAUGE)
        yield "1.5 %s%s 2.5" % (op, modifier)
        yield "sum by (tenant) (rag_queries_total) %s%s sum by (tenant) (rag_cost_krw_total)" % (op, modifier)
        many = "sum by (instance, tenant, code) (rag_queries_total)" if op == "atan2" else "rag_queries_total"
        yield "%s %s on (instance, tenant) group_left rag_cost_krw_total" % (many, op)
    for q in "0", "0.1", "0.5", "0.95", "1", "1.5", "NaN":
        yield "histogram_quantile(%s, rate(%s[10m]))" % (q, BUCKETS)
        yield "histogram_quantile(%s, sum by (le) (rate(%s[10m])))" % (q, BUCKETS)
        yield "quantile_over_time(%s, %s[20m])" % (q, COUNTER)
        yield "quantile by (tenant) (%s, rate(%s[5m]))" % (q, ANSWERED)
    yield from SINGLE


SINGLE = [
    "predict_linear(%s[30m], 3600)" % COUNTER,
    "predict_linear(%s[30m] offset 11m, 60)" % COUNTER,
    "double_exponential_smoothing(%s[30m], 0.3, 0.6)" % COUNTER,
    "clamp(%s, 0, 5)" % GAUGE, "clamp_min(%s, 9)" % GAUGE, "clamp_max(%s, 3)" % GAUGE, "clamp(%s, 5, 0)" % GAUGE,
    "round(%s, 0.25)" % GAUGE, "scalar(sum(rag_queries_total))", "scalar(rag_queries_total)", "vector(time())",
    'label_replace(up, "host", "$1", "instance", "(.*):.*")', 'label_replace(up, "host", "${1}x", "job", "(rag)-(api)")',
    'label_join(up, "target", "/", "job", "instance")', "timestamp(up offset 5m)", "timestamp(sum(up))",
    "absent(nothing{job=\"x\"})", "absent(up)", "absent_over_time(nothing{a=\"b\"}[5m])",
    "up and on (instance) rag_cost_krw_total", "up or rag_cost_krw_total", "up unless on (instance) rag_cost_krw_total",
    "rag_queries_total unless ignoring (code) rag_queries_total{code=\"503\"}",
    "topk(3, rate(%s[5m]))" % ANSWERED, "bottomk(2, rag_queries_total)", "topk by (code) (1, rag_queries_total)",
    'count_values("value", up)', 'sum by (code) (rag_queries_total{code=~"5.."})', 'rag_queries_total{code!~"2..",tenant!="acme"}',
    'sum(sum_over_time(rag_queries_total{code=~"5.."}[1h])) / sum(sum_over_time(rag_queries_total[1h]))',
    "-%s" % COUNTER, "2 ^ 3 ^ 2", "-1 ^ 2", "1 / 0", "0 / 0", "5 % 3 * 2", '"text"',
    "max_over_time(rate(%s[5m])[30m:1m13s])" % COUNTER, "avg_over_time(sum(rag_queries_total)[15m:23s])",
    "sum(rag_queries_total) by (tenant) > 100 and sum(rag_queries_total) by (tenant) < 1e9",
    "sum_over_time(%s[10m]) / count_over_time(%s[10m])" % (COUNTER, COUNTER), "process_start_time_seconds - time()",
    "increase(%s[6h])" % ANSWERED, 'sum(increase(rag_query_duration_seconds_count{code="200"}[12h]))', "rate(nothing[5m])",
]


class Probe:
    """evalprobe as a conversation."""

    def __init__(self, url):
        self.popen = subprocess.Popen([PROBE, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, expression, start, end, step):
        """{labels: {ms: value}}, or the error's text."""
        self.popen.stdin.write("%d %d %d %s\n" % (start, end, step, expression))
        self.popen.stdin.flush()
        series, error = {}, None
        while True:
            line = self.popen.stdout.readline()
            if line == "\n":
                return error or series
            if line.startswith("error: "):
                error = line.strip()
            else:
                labels, _, samples = line.rstrip("\n").partition("\t")
                numbers = samples.split()
                series[labels] = dict(zip(map(int, numbers[::2]), map(float, numbers[1::2])))

    def close(self):
        """Its exit code; a second call does nothing."""
        self.popen.stdin.close()
        code = self.popen.wait(20)
        self.popen.stdout.close()
        return code


def ask_prometheus(url, expression, start, end, step):
    form = {"query": expression.replace("double_exponential_smoothing", "holt_winters")}
    if step:
        form.update(start=repr(start / 1000), end=repr(end / 1000), step=repr(step / 1000))
    else:
        form.update(time=repr(start / 1000))
    status, body = processes.request(url + ("/api/v1/query_range" if step else "/api/v1/query"), "POST", form=form, timeout=60)
    answer = json.loads(body)
    if status != 200:
        return "error: " + answer["error"]
    data = answer["data"]
    if data["resultType"] in ("scalar", "string"):
        value = data["result"][1]
        return {"": {start: float(value)}} if data["resultType"] == "scalar" else {}
    found = {}
    for one in data["result"]:
        labels = "".join("%s=%s," % pair for pair in sorted(one["metric"].items()))
        found[labels] = {round(t * 1000): float(v) for t, v in one.get("values", [one.get("value")])}
    return found


def near(a, b):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def difference(ours, theirs):
    """What differs first, or None."""
    if isinstance(ours, str) or isinstance(theirs, str):
        both = isinstance(ours, str) and isinstance(theirs, str)
        return None if both else "ours %.200s, theirs %.200s" % (ours, theirs)
    if set(ours) != set(theirs):
        return "series: only ours %s, only theirs %s" % (sorted(set(ours) - set(theirs))[:2], sorted(set(theirs) - set(ours))[:2])
    for labels, values in ours.items():
        if set(values) != set(theirs[labels]):
            return "%s: times %s" % (labels, sorted(set(values) ^ set(theirs[labels]))[:3])
        for at, value in values.items():
            if not near(value, theirs[labels][at]):
                return "%s at %d: ours %r, theirs %r" % (labels, at, value, theirs[labels][at])
    return None


class Differential(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sloburn-promql-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def load_history(self, origin):
        options = ["--seed", "7", "--days", "1", "--interval", "1m", "--origin", "%.3f" % origin]
        subprocess.run([SLOBURN, "simulate", "--openmetrics", str(self.folder / "history"), *options], check=True,
                       capture_output=True, timeout=120)
        for file in sorted((self.folder / "history").iterdir()):
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=54h", "-q",
                            str(file), str(self.folder / "data")], check=True, capture_output=True, timeout=120)
        return options

    def compare(self, probe, prometheus, expression, times):
        start, end, step = times
        return difference(probe.ask(expression, start, end, step),
                          ask_prometheus(prometheus.url, expression, start, end, step))

    def compare_all(self, probe, prometheus, grids, asked):
        """Every expression on every grid of times; returns how many were compared."""
        compared, differences = 0, []
        for expression in asked:
            for times in grids:
                if times[2] and expression.startswith('"'):
                    continue
                found = self.compare(probe, prometheus, expression, times)
                compared += 1
                if found:
                    differences.append("%s %s: %s" % (expression, times, found))
        if differences:
            self.fail("%d of %d differ:\n%s" % (len(differences), compared, "\n".join(differences[:40])))
        return compared

    def test_history_and_live_scrapes_give_what_prometheus_gives(self):
        origin = math.floor(time.time()) - 120
        options = self.load_history(origin)
        live = processes.Process([SLOBURN, "simulate", "--listen", "127.0.0.1:0", *options], self.folder / "simulate.log")
        with live:
            live.wait_text("/metrics")
            address = live.text().split("http://")[1].split("/metrics")[0]
            with processes.Prometheus(
                    self.folder / "prometheus",
                    "  - job_name: simulate\n    honor_labels: true\n    static_configs: [{targets: ['%s']}]\n" % address,
                    self.folder / "data") as prometheus:
                probe = Probe(prometheus.url)
                self.addCleanup(probe.close)
                # 12.345 s after whole minutes: between the samples and off the steps of every subquery.
                at = (origin // 60 * 60 - 3600) * 1000 + 12345
                grids = [(at, at, 0), (at - 7200000, at, 437000)]
                compared = self.compare_all(probe, prometheus, grids, expressions())
                self.assertGreaterEqual(compared, 600)
                processes.wait_for("live scrapes", lambda: len(prometheus.query("count_over_time(up[30s]) > 8")) >= 2, 60)
                now = int(time.time() * 1000) - 1000
                asked = ["rag_queries_total", "sum by (tenant) (rag_queries_total)", "count(up)", "rag_cost_krw_total * 2"]
                self.compare_all(probe, prometheus, [(now, now, 0)], asked)
                self.assertEqual(probe.close(), 0)


if __name__ == "__main__":
    unittest.main()
