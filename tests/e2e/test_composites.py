"""A composite from the file to every reader: status, metrics, explain, report and gate, locally and by --server."""

import csv
import io
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import processes

SLOBURN = processes.sloburn()

CONFIG = """environment: prod
source: {simulate: {seed: 1}}
store: {path: sloburn.db}
slo_files: [a.slo.yml]
owners: {rag-team: {}}
server: {listen: "127.0.0.1:%d"}
evaluation_interval: 5s
"""

SLOS = """service: rag-api
owner: rag-team
slos:
  availability: {objective: 99.5%, total: rag_queries_total, bad: 'rag_queries_total{code=~"5.."}'}
  latency: {objective: p95 <= 4s, histogram: rag_query_duration_seconds}
  journey: {composite: {weighted: {availability: 3, latency: 1}}}
"""


class Composites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sloburn-"))
        port = processes.free_port()
        cls.url = "http://127.0.0.1:%d" % port
        (cls.folder / "a.slo.yml").write_text(SLOS)
        (cls.folder / "sloburn.yml").write_text(CONFIG % port)
        cls.serve = processes.Process([SLOBURN, "serve", "--config", str(cls.folder / "sloburn.yml")],
                                      cls.folder / "serve.log")
        cls.serve.wait_text("msg=ready", 120)
        processes.wait_for("both parts", lambda: '"known_parts":2' in processes.request(cls.url + "/api/v1/slos")[1], 120)

    @classmethod
    def tearDownClass(cls):
        cls.serve.stop()
        shutil.rmtree(cls.folder)

    def both(self, *args, code=0):
        """Local and remote; the remote one's output."""
        for more in ([], ["--server", self.url]):
            done = subprocess.run([SLOBURN, *args, *more], cwd=self.folder, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, code, done.stdout[-2000:] + done.stderr)
        return done.stdout

    def test_reports_have_figure_weights_and_contributions(self):
        document = json.loads(self.both("report", "--format", "json"))
        composite, = document["composites"]
        self.assertEqual([p["weight"] for p in composite["parts"]], [3, 1])
        self.assertAlmostEqual(sum(p["contribution"] for p in composite["parts"]), composite["used_share"])
        rows = list(csv.DictReader(io.StringIO(self.both("report", "--format", "csv", "--slo", "rag-api/journey"))))
        self.assertEqual([r["part"] for r in rows], ["", "prod/rag-api/availability", "prod/rag-api/latency"])
        self.assertEqual({r["kind"] for r in rows}, {"weighted"})
        self.assertIn("## rag-api/journey: ", self.both("report", "--format", "markdown"))
        self.assertIn("<td>rag-api/latency</td>", self.both("report", "--slo", "rag-api/journey"))

    def test_metrics_and_status_have_it(self):
        wanted = r'sloburn_composite_part_contribution_ratio\{[^}]*slo="journey",part="rag-api/latency"\} [0-9.]+'
        self.assertRegex(self.both("status", "--format", "openmetrics"), wanted)
        self.assertRegex(processes.request(self.url + "/metrics")[1], wanted)
        self.assertIn("rag-api/journey: ", self.both("status"))
        self.assertRegex(self.both("explain", "rag-api/journey"), r"Verdict +\w")

    def test_the_gate_judges_it(self):
        self.assertIn("rag-api/journey: ", self.both("gate", "--min-budget", "0%"))
        refused = json.loads(self.both("gate", "--min-budget", "100%", "--slo", "rag-api/journey", "--format", "json",
                                       code=1))
        self.assertEqual(len(refused["slos"][0]["parts"]), 2)
        self.both("gate", "--slo", "rag-api/journey", "--max-burn", "1h=1000", "--min-budget", "0%", code=3)
        self.both("gate", "--max-burn", "1h=1000", "--min-budget", "0%")


if __name__ == "__main__":
    unittest.main(verbosity=2)
