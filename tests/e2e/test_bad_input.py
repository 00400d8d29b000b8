"""Files that are wrong: serve and check say where and what, a line a problem, and all of them at once; a running serve
keeps what it has."""

import os
import re
import signal
import subprocess
import time
import unittest

import processes
import serving

SOURCE = "source: {simulate: {seed: 1}}\n"
STORE = "store: {path: sloburn.db}\n"
GOOD_SLO = (serving.ROOT / "rules" / "rag-api.slo.yml").read_text()
ALIASES = "".join("%s: &%s [%s]\n" % (b, b, ", ".join(["*" + a] * 10)) for a, b in zip("abcdefgh", "bcdefghi"))

# (what, content of sloburn.yml, what is said)
CONFIGURATIONS = [
    ("empty", "", "empty"),
    ("not YAML", "source: {simulate: {seed: 1}\nstore: [", "sloburn.yml:"),
    ("a list", "- source\n", "must be a mapping"),
    ("two documents", SOURCE + "---\n" + SOURCE, "several documents"),
    ("binary", "\x00\x01\x02", "sloburn.yml"),
    ("an unknown key", SOURCE + STORE + "evaluation_intervall: 30s\n", 'evaluation_interval"'),
    ("an unknown key below", "source: {simulate: {sead: 1}}\n" + STORE, "sead"),
    ("a doubled key", SOURCE + STORE + STORE, "store"),
    ("a bomb of aliases", "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + ALIASES + SOURCE, "alias"),
    ("deeply nested", SOURCE + "owners: " + "[" * 100000, "sloburn.yml:"),
    ("no source", STORE, "source"),
    ("a source of the wrong type", "source: 7\n" + STORE, "source"),
    ("a store of the wrong type", SOURCE + "store: [a]\n", "store"),
    ("owners of the wrong type", SOURCE + "owners: [a]\n", "owners must be a mapping"),
    ("an interval that is none", SOURCE + "evaluation_interval: soon\n", "evaluation_interval"),
    ("an interval of nothing", SOURCE + "evaluation_interval: 0s\n", "evaluation_interval"),
    ("a receiver nobody defined", SOURCE + "owners: {a: {page: [nobody]}}\n", 'no receiver "nobody"'),
    ("a routing key that is none", SOURCE + "alerting: {receivers: [{name: a, pagerduty_configs: "
     "[{routing_key: short}]}]}\n", "routing_key"),
    ("an address without a port", SOURCE + "server: {listen: here}\n", "here"),
    ("a token file that is not there", SOURCE + "server: {tokens: [{name: a, token_file: gone}]}\n", "gone"),
    ("a URL that is none", "source: {prometheus: {url: nowhere}}\n", "nowhere"),
]

# (what, what replaces the availability SLO's lines, what is said)
OBJECTIVES = [
    ("0 %", "objective: 0%", "objective"),
    ("100 %", "objective: 100%", "objective"),
    ("101 %", "objective: 101%", "objective"),
    ("words", "objective: very good", "objective"),
    ("a negative one", "objective: -5%", "objective"),
]


def run(*arguments, cwd=None, timeout=20):
    return subprocess.run([serving.SLOBURN, *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
                          timeout=timeout)


class Files(serving.Case):
    def lines(self, done):
        """What was said on stderr; nothing of a crash, no line beyond reason."""
        lines = done.stderr.splitlines()
        self.assertTrue(lines, "nothing was said")
        for line in lines:
            self.assertLess(len(line), 2000, line)
            self.assertNotRegex(line, r"Sanitizer|Assertion|core dumped|0x[0-9a-f]{8}")
        return lines

    def refused(self, content, wanted):
        path = self.folder / "sloburn.yml"
        path.write_text(content)
        done = run("serve", "--config", path)
        self.assertEqual(done.returncode, 2, done.stderr)
        lines = self.lines(done)
        self.assertTrue(any(wanted in line for line in lines), "%r is not in %s" % (wanted, lines))
        if any("sloburn.yml:" in line for line in lines):
            self.assertFalse((self.folder / "sloburn.db").exists(), "a refused file made a store")
        return lines

    def test_configurations_that_are_wrong(self):
        for what, content, wanted in CONFIGURATIONS:
            with self.subTest(what):
                self.refused(content, wanted)
                (self.folder / "sloburn.db").unlink(missing_ok=True)

    def test_a_configuration_that_is_missing(self):
        for path in self.folder / "gone.yml", self.folder, self.folder / "no" / "such" / "folder.yml":
            done = run("serve", "--config", path)
            self.assertEqual(done.returncode, 2)
            self.assertIn(str(path), "".join(self.lines(done)))
        self.assertEqual(run("serve", cwd=self.folder).returncode, 2)

    def test_all_problems_are_said_at_once(self):
        lines = self.refused("sauce: 1\nevaluation_interval: soon\nowners: [a]\nserver: {listen: 7, lissen: 8}\n", "sauce")
        text = "\n".join(lines)
        for wanted in ("sauce", "evaluation_interval", "owners", "lissen", "source"):
            self.assertIn(wanted, text)
        self.assertRegex(text, r"sloburn\.yml:1:1\b")
        self.assertRegex(text, r"sloburn\.yml:2:\d+")

    def test_objectives_that_are_none(self):
        for what, objective, wanted in OBJECTIVES:
            with self.subTest(what):
                file = self.folder / "one.slo.yml"
                file.write_text(GOOD_SLO.replace("objective: 99.5%", objective))
                done = run("check", file)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                said = done.stdout + done.stderr
                self.assertIn(wanted, said)
                self.assertRegex(said, r"one\.slo\.yml:\d+:\d+")

    def test_bad_usage(self):
        for arguments in (("serve", "--speed", "0"), ("serve", "--speed", "x"), ("serve", "--nonsense"),
                          ("serve", "more"), ("serve", "--log-format", "xml"), ("nonsense",), ()):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.lines(done)


class Reload(serving.Case):
    """SIGHUP while serving."""

    def setUp(self):
        super().setUp()
        self.config = serving.configure(self.folder, interval="2s")
        self.file = self.folder / "slos" / "rag-api.slo.yml"
        self.serve = self.start(serving.Serve(self.config))
        self.serve.wait_ready()

    def hang_up(self, wanted):
        before = len(self.serve.log())
        self.serve.popen.send_signal(signal.SIGHUP)
        processes.wait_for(wanted, lambda: wanted in self.serve.log()[before:], 10)
        return self.serve.log()[before:]

    def objectives(self):
        return {s["name"]: s["objective"] for s in self.serve.json("/api/v1/slos")["slos"]}

    def test_a_broken_configuration_is_refused_and_the_old_one_goes_on(self):
        good = self.config.read_text()
        self.config.write_text(good + "nonsense: [\n")
        log = self.hang_up("the old one goes on")
        self.assertRegex(log, r"sloburn\.yml:\d+:\d+")
        self.assertEqual(len(self.objectives()), 4)
        self.assertEqual(self.serve.metric("sloburn_reloads_refused_total"), 1)
        self.config.unlink()
        self.hang_up("the old one goes on")
        self.assertEqual(len(self.objectives()), 4)
        self.config.write_text(good)
        self.hang_up("configuration reloaded")
        self.assertEqual(self.serve.metric("sloburn_reloads_total"), 1)
        self.assertEqual(self.serve.get("/-/ready")[0], 200)

    def test_a_broken_slo_file_is_refused_alone(self):
        other = self.folder / "slos" / "second.slo.yml"
        other.write_text("service: second\nowner: rag-team\nslos:\n  errors:\n    objective: 99%\n"
                         "    total: rag_queries_total\n    bad: rag_queries_total{code=~\"5..\"}\n")
        self.hang_up("configuration reloaded")
        self.assertEqual(self.objectives()["errors"], "99%")
        self.file.write_text(GOOD_SLO.replace("99.5%", "101%"))
        other.write_text(other.read_text().replace("99%", "98%"))
        log = self.hang_up("configuration reloaded")
        self.assertRegex(log, r"rag-api\.slo\.yml:\d+:\d+")
        found = self.objectives()
        self.assertEqual(found["availability"], "99.5%", "the last good version goes on")
        self.assertEqual(found["errors"], "98%", "the other file is taken")
        self.file.write_text(GOOD_SLO.replace("99.5%", "99%"))
        self.hang_up("configuration reloaded")
        processes.wait_for("the new objective", lambda: self.objectives()["availability"] == "99%", 10)

    def test_what_cannot_change_while_serving_is_refused(self):
        good = self.config.read_text()
        for was, now in (("path: sloburn.db", "path: other.db"),
                         ("{simulate: {seed: 1}}", "{prometheus: {url: 'http://127.0.0.1:9'}}")):
            self.config.write_text(good.replace(was, now))
            self.assertIn("restart", self.hang_up("cannot be used"))
            self.assertEqual(len(self.objectives()), 4)

    def test_a_storm_of_reloads_loses_nothing(self):
        before = self.serve.json("/api/v1/slos")["slos"]
        for _ in range(50):
            os.kill(self.serve.popen.pid, signal.SIGHUP)
            time.sleep(0.01)
        self.hang_up("configuration reloaded")
        slos = self.serve.json("/api/v1/slos")["slos"]
        self.assertEqual(len(slos), len(before))
        self.assertGreaterEqual(slos[0]["slot_ms"], before[0]["slot_ms"])
        self.assertEqual(self.serve.stop(), 0)
        self.assertTrue(re.search("msg=stopping", self.serve.log()))


class Metrics(serving.Case):
    def test_a_metric_that_does_not_exist_is_a_ticket(self):
        """Nothing that matches at all; and a cost whose sum is misspelt, which would look free."""
        sink = self.start(serving.Sink(self.folder))
        config = serving.configure(self.folder, sink.url)
        file = self.folder / "slos" / "rag-api.slo.yml"
        file.write_text("service: rag-api\nowner: rag-team\nslos:\n"
                        "  good:\n    objective: 99.5%\n    total: rag_queries_total\n"
                        "    bad: rag_queries_total{code=~\"9..\"}\n"
                        "  gone:\n    objective: 99.5%\n    total: rag_requests_total\n"
                        "    bad: rag_requests_total{code=~\"5..\"}\n"
                        "  free:\n    objective: mean <= ₩10\n    sum: rag_costs_krw_total\n"
                        "    count: rag_queries_total\n")
        serve = self.start(serving.Serve(config, "--speed", "30"))
        serve.wait_ready()
        self.assertEqual({s["name"]: s["health"] for s in serve.json("/api/v1/slos")["slos"]},
                         {"good": "seen", "gone": "misconfigured", "free": "misconfigured"})
        for name in "gone", "free":
            processes.wait_for("a ticket of " + name, lambda: any(
                "/%s/ticket/" % name in e["key"] for e in sink.taken("Slack", "open")), 40)
        self.assertEqual(sink.events("PagerDuty"), [], "nobody is woken for it")
        self.assertFalse([e for e in sink.events("Slack") if "/good/" in e["key"]])


if __name__ == "__main__":
    unittest.main()
