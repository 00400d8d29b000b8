"""serve on a real Prometheus that scrapes the simulated service: its budgets equal those of serve on the same service in
process, and a posted incident pages (and, with SLOBURN_TEST_MODE=long, resolves by itself)."""

import datetime
import json
import re
import signal
import sqlite3
import subprocess
import time
import unittest

import processes
import serving

SEED = "7"
DAYS = 3
MINUTE, HOUR = 60_000, 3_600_000

# The service has bounds at 3.5, 4 and 6 s.
THRESHOLDS = """\
service: rag-api
owner: rag-team
by: tenant
slos:
  low: {objective: p95 <= 3.5s, histogram: rag_query_duration_seconds}
  worse: {objective: p95 <= 3.7s, histogram: rag_query_duration_seconds}
  better: {objective: p95 <= 3.7s, histogram: rag_query_duration_seconds, between_buckets: good}
  high: {objective: p95 <= 4s, histogram: rag_query_duration_seconds}
"""


def iso(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def sums(serve, window, at_ms):
    """{(SLO, group): (units, spent)} of a rolling window."""
    document = serve.json("/api/v1/ledger?window=%s&at=%s" % (window, iso(at_ms)), timeout=60)
    return {(s["name"], s["labels"].get("tenant", "")): (s["window"]["units"], s["window"]["spent"])
            for s in document["slos"]}


class RealPrometheus(serving.Case):
    def in_process(self, windows):
        """The origin of a service in process, and what its ledger holds of windows before it."""
        folder = self.folder / "in-process"
        config = serving.configure(folder, source="{simulate: {seed: %s}}" % SEED)
        with serving.Serve(config, "--observe") as serve:
            serve.wait_ready()
            with sqlite3.connect("file:%s?mode=ro" % (folder / "sloburn.db"), uri=True) as db:
                origin = db.execute("SELECT value FROM meta WHERE name = 'simulation_origin_ms'").fetchone()[0]
            db.close()
            last = origin // MINUTE * MINUTE
            found = {(window, last - ago): sums(serve, window, last - ago) for window, ago in windows}
        return origin, found

    def prometheus_with_history(self, origin):
        options = ["--seed", SEED, "--days", str(DAYS), "--interval", "15s", "--origin", iso(origin)]
        subprocess.run([serving.SLOBURN, "simulate", "--openmetrics", str(self.folder / "history"), *options],
                       check=True, capture_output=True, timeout=120)
        for file in sorted((self.folder / "history").iterdir()):
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=54h", "-q",
                            str(file), str(self.folder / "data")], check=True, capture_output=True, timeout=120)
            file.unlink()
        live = self.start(processes.Process([serving.SLOBURN, "simulate", "--listen", "127.0.0.1:0", *options],
                                            self.folder / "simulate.log"))
        live.wait_text("after a restart")
        self.service = re.findall(r"(http://\S+)/metrics", live.text())[-1]
        self.scrape = ("  - job_name: simulate\n    honor_labels: true\n    static_configs: [{targets: ['%s']}]\n"
                       % self.service[len("http://"):])
        return self.start(processes.Prometheus(self.folder / "prometheus", self.scrape, self.folder / "data",
                                               interval="5s"))

    def test_budgets_are_the_same_and_an_incident_pages(self):
        processes.needed("prometheus", "promtool")
        windows = [("1d", 0), ("1d", 7 * HOUR), ("2d", 2 * MINUTE), ("1h", 0), ("6h", 30 * MINUTE), ("10m", 90 * MINUTE)]
        origin, wanted = self.in_process(windows)
        prometheus = self.prometheus_with_history(origin)
        processes.wait_for("a live scrape", lambda: len(prometheus.query('up{job="rag-api"}')) == 2)
        sink = self.start(serving.Sink(self.folder))
        config = serving.configure(self.folder / "real", sink.url, "{prometheus: {url: '%s'}}" % prometheus.url, "5s")
        serve = self.start(serving.Serve(config))
        serve.wait_ready(120)
        for (window, at), expected in wanted.items():
            self.assertEqual(len(expected), 16)
            self.assertEqual(sums(serve, window, at), expected, "%s to %s" % (window, iso(at)))
        self.assertGreater(wanted[("1d", origin // MINUTE * MINUTE)]["availability", ""][0], 10000)
        self.page(serve, sink)
        serve.stop()

    def test_thresholds_between_two_buckets(self):
        processes.needed("prometheus", "promtool")
        origin = int(time.time() * 1000)
        prometheus = self.prometheus_with_history(origin)
        processes.wait_for("a live scrape", lambda: len(prometheus.query('up{job="rag-api"}')) == 2)
        (self.folder / "real" / "slos").mkdir(parents=True)
        (self.folder / "real" / "slos" / "rag-api.slo.yml").write_text(THRESHOLDS)
        config = serving.configure(self.folder / "real", source="{prometheus: {url: '%s'}}" % prometheus.url, interval="5s")
        serve = self.start(serving.Serve(config, "--observe"))
        serve.wait_ready(120)
        self.counted_as(serve, "2d", origin // MINUTE * MINUTE, worse="low", better="high")
        bounds = self.status(serve, "worse")["bounds"]
        self.assertEqual((bounds["below"], bounds["above"], bounds["judged_by"]), (3.5, 4, "below"))
        self.assertGreater(bounds["uncertain_units"], 0)
        self.assertNotIn("bounds", self.status(serve, "high"))
        processes.wait_for("advice", lambda: "source/bucket" in [a["check"] for a in self.status(serve, "worse")["advice"]],
                           90)
        self.take_away(prometheus, "4")
        bounds = processes.wait_for("other bounds", lambda: self.status(serve, "high").get("bounds"), 60)
        self.assertEqual((bounds["threshold"], bounds["below"], bounds["unjudged"]), (4, 3.5, 0))
        then = time.time() * 1000 // MINUTE * MINUTE + MINUTE
        processes.wait_for("a minute more", lambda: self.status(serve, "high")["slot_ms"] >= then + 10_000, 90)
        found = sums(serve, "1h", int(then))
        self.assertGreater(found["high", ""][0], 1000)
        for tenant in "", "acme", "globex", "initech":
            units, spent = found["high", tenant]
            self.assertEqual(units, found["low", tenant][0], "no query is lost")
            self.assertLessEqual(spent, found["low", tenant][1])
        self.assertNotIn("/page/", json.dumps(serve.json("/api/v1/alerts")["incidents"]))
        serve.stop()

    def counted_as(self, serve, window, at, **same):
        found = sums(serve, window, at)
        for name, other in same.items():
            for tenant in "", "acme", "globex", "initech":
                self.assertEqual(found[name, tenant], found[other, tenant], (name, tenant))
        self.assertGreater(found["low", ""][1], found["high", ""][1])

    @staticmethod
    def status(serve, name):
        return [s for s in serve.json("/api/v1/slos")["slos"] if s["name"] == name and not s["labels"]][0]

    def take_away(self, prometheus, bound):
        """Prometheus drops a bucket from its next scrape on, as if a deployment had other bounds."""
        (self.folder / "prometheus" / "prometheus.yml").write_text(
            "global: {scrape_interval: 5s}\nscrape_configs:\n" + self.scrape +
            "    metric_relabel_configs: [{source_labels: [le], regex: '%s', action: drop}]\n" % re.escape(bound))
        prometheus.popen.send_signal(signal.SIGHUP)

    def page(self, serve, sink):
        self.assertEqual(sink.events(), [], "nothing is wrong yet")
        status, body = processes.request(self.service + "/incident", "POST")
        self.assertEqual(status, 200, body)
        self.assertIn("startedAt", json.loads(body))
        for receiver, action in ("PagerDuty", "trigger"), ("Slack", "open"):
            # a tenant may cross its rate a slot before all of them together do: a ticket, and no page
            told = processes.wait_for("a page at " + receiver, lambda: [
                e for e in sink.taken(receiver, action) if "/page/" in e["key"]], 120)
            self.assertEqual({e["key"] for e in told}, {told[0]["key"]}, told)
            self.assertIn("/rag-api/availability/page/", told[0]["key"])
        incidents = serve.json("/api/v1/alerts")["incidents"]
        self.assertEqual([i["key"] for i in incidents if "/page/" in i["key"]], [told[0]["key"]])
        if not serving.LONG:
            return
        for receiver in "PagerDuty", "Slack":
            processes.wait_for("the resolve at " + receiver, lambda: sink.taken(receiver, "resolve"), 1200)
        self.assertEqual(sink.summary()["pagerduty"]["opened_twice"], 0)


if __name__ == "__main__":
    unittest.main()
