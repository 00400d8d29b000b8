"""`sloburn simulate`: its history loads into a real Prometheus, which then scrapes the live service and knows the same
numbers."""

import hashlib
import json
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import processes

SLOBURN = processes.sloburn()
DAY = 86400


def simulate(*options):
    return subprocess.run([SLOBURN, "simulate", *options], capture_output=True, text=True, timeout=120)


def parse(text):
    """{series: [(time, value), …]} of a text exposition."""
    series = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition("} ")
            value, _, seconds = rest.partition(" ")
            series.setdefault(name + "}", []).append((float(seconds or 0), float(value)))
    return series


def printed(metric):
    """A series of Prometheus' JSON as the simulated service prints it."""
    order = ["job", "instance", "tenant", "code", "le"]
    assert set(metric) <= {"__name__", *order}, metric
    return metric["__name__"] + "{" + ",".join('%s="%s"' % (n, metric[n]) for n in order if n in metric) + "}"


def digest(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in pathlib.Path(folder).iterdir()}


class Live(processes.Process):
    """simulate --listen on a free port."""

    def __init__(self, folder, *options):
        log = tempfile.mkstemp(prefix="simulate-", suffix=".log", dir=folder)[1]
        super().__init__([SLOBURN, "simulate", "--listen", "127.0.0.1:0", *options], log)
        self.wait_text("after a restart")
        self.url = re.findall(r"(http://\S+)/metrics", self.text())[-1]

    def metrics(self):
        status, body = processes.request(self.url + "/metrics")
        assert status == 200
        return parse(body)


class Simulate(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="sloburn-simulate-")
        self.folder = pathlib.Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)

    def test_history_is_the_same_every_time(self):
        for name in "a", "b":
            done = simulate("--openmetrics", str(self.folder / name), "--days", "1", "--interval", "5m",
                            "--origin", "2026-03-01T12:00:00Z")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("promtool tsdb create-blocks-from openmetrics", done.stdout)
        self.assertEqual(digest(self.folder / "a"), digest(self.folder / "b"))
        simulate("--openmetrics", str(self.folder / "c"), "--days", "1", "--interval", "5m", "--origin",
                 "2026-03-01T12:00:00Z", "--seed", "2")
        self.assertNotEqual(digest(self.folder / "a"), digest(self.folder / "c"))

    def test_bad_usage_is_refused_with_a_line(self):
        for options, wanted in [
                ((), "say --listen ADDR"),
                (("--seed", "x", "--listen", "127.0.0.1:0"), "--seed x: a whole number"),
                (("--speed", "0", "--listen", "127.0.0.1:0"), "--speed 0: a number above 0"),
                (("--days", "401", "--listen", "127.0.0.1:0"), "--days 401"),
                (("--origin", "yesterday", "--listen", "127.0.0.1:0"), "yesterday"),
                (("--listen", "127.0.0.1:0", "more"), "one argument too many: more"),
                (("--listen", "0.0.0.0:0"), "reachable from other machines")]:
            done = simulate(*options)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(wanted, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(simulate("--help").returncode, 0)

    def test_an_incident_is_posted_once_and_survives_a_restart(self):
        with Live(self.folder, "--speed", "10") as live:
            before = live.metrics()
            status, body = processes.request(live.url + "/incident", "POST")
            self.assertEqual(status, 200)
            started = json.loads(body)["startedAt"]
            self.assertEqual(processes.request(live.url + "/incident", "POST")[0], 409)
            self.assertEqual(processes.request(live.url + "/incident")[0], 405)
            self.assertEqual(processes.request(live.url + "/other")[0], 404)
            self.assertEqual(processes.request(live.url + "/incident", "POST", {"Origin": "http://evil.test"})[0], 403)
            time.sleep(2)
            after = live.metrics()
            options = re.findall(r"go on with (--seed \d+ --origin \S+)", live.text())[0].split()
        self.assertEqual(live.popen.returncode, 0)

        def grown(name):
            return sum(samples[0][1] - before.get(series, [(0, 0)])[0][1]
                       for series, samples in after.items() if re.match(name, series))

        failed, queries = grown('rag_queries_total{.*code="5'), grown("rag_queries_total{")
        self.assertGreater(queries, 300)  # 20 s at 8 times 4.4 a second
        self.assertGreater(failed, 0.7 * queries)
        with Live(self.folder, "--speed", "10", "--incident", started, *options) as again:
            later = again.metrics()
            for series, samples in after.items():
                if not series.startswith("up{"):
                    self.assertGreaterEqual(later[series][0][1], samples[0][1], series)

    def test_prometheus_loads_the_history_and_goes_on_live(self):
        processes.needed("prometheus", "promtool")
        origin = time.time() - 60
        options = ["--seed", "7", "--days", "1", "--interval", "30s", "--origin", "%.3f" % origin]
        done = simulate("--openmetrics", str(self.folder / "history"), *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        written = {}
        for file in sorted((self.folder / "history").iterdir()):
            self.assertTrue(file.read_text().endswith("\n# EOF\n"))
            for series, samples in parse(file.read_text()).items():
                written.setdefault(series, []).extend(samples)
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=54h", "-q",
                            str(file), str(self.folder / "data")], check=True, capture_output=True, timeout=120)
        with Live(self.folder, *options) as live, processes.Prometheus(
                self.folder / "prometheus",
                "  - job_name: simulate\n    honor_labels: true\n"
                "    static_configs: [{targets: ['%s']}]\n" % live.url[len("http://"):],
                self.folder / "data") as prometheus:
            self.compare_history(prometheus, written, origin)
            processes.wait_for("a live scrape", lambda: len(prometheus.query('up{job="rag-api"}')) == 2)
            for sample in prometheus.query('rag_queries_total{job="rag-api"}'):
                series = printed(sample["metric"])
                self.assertGreaterEqual(float(sample["value"][1]), written.get(series, [(0, 0)])[-1][1])

    def compare_history(self, prometheus, written, origin):
        names = ["rag_queries_total", "rag_query_duration_seconds_bucket", "rag_query_duration_seconds_sum",
                 "rag_cost_krw_total", "rag_faithfulness_score_sum", "up", "process_start_time_seconds"]
        for name in names:
            wanted = {s: v for s, v in written.items() if s.startswith(name + "{")}
            raw = {printed(s["metric"]): [(t, float(v)) for t, v in s["values"]]
                   for s in prometheus.query(name + '{job="rag-api"}[25h]', origin)}
            self.assertEqual(raw, wanted)
            grown = {printed(dict(s["metric"], __name__=name)): float(s["value"][1]) for s in prometheus.query(
                "max_over_time({0}[25h]) - min_over_time({0}[25h])".format(name + '{job="rag-api"}'), origin)}
            self.assertEqual(grown, {s: v[-1][1] - v[0][1] for s, v in wanted.items()})
        self.assertGreater(len(written), 300)


if __name__ == "__main__":
    unittest.main()
