"""report, gate, status, explain, query, backup, restore and verify on the store of a serve over the simulated service:
locally and by --server the same, in every format, before, during and after."""

import csv
import io
import json
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import processes

SLOBURN = processes.sloburn()
RULES = pathlib.Path(__file__).resolve().parents[2] / "rules" / "rag-api.slo.yml"

CONFIG = """environment: prod
source: {simulate: {seed: 1}}
store: {path: sloburn.db}
slo_files: [rag-api.slo.yml]
owners: {rag-team: {}}
server: {listen: "127.0.0.1:%d"}
evaluation_interval: 5s
"""


class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sloburn-"))
        cls.port = processes.free_port()
        cls.url = "http://127.0.0.1:%d" % cls.port
        shutil.copy(RULES, cls.folder)
        (cls.folder / "sloburn.yml").write_text(CONFIG % cls.port)
        cls.serve = processes.Process([SLOBURN, "serve", "--config", str(cls.folder / "sloburn.yml")],
                                      cls.folder / "serve.log")
        cls.serve.wait_text("msg=ready", 120)
        # the incident comes 20 s after the first evaluation; the page within 4 minutes of that
        processes.wait_for("a page", lambda: '"severity":"P1"' in processes.request(cls.url + "/api/v1/alerts")[1], 300)

    @classmethod
    def tearDownClass(cls):
        cls.serve.stop()
        shutil.rmtree(cls.folder)

    def run_it(self, *args, code=0):
        done = subprocess.run([SLOBURN, *args], cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout[-2000:] + done.stderr)
        return done.stdout

    def both(self, *args, code=0):
        """Local and remote; the remote one's output."""
        self.run_it(*args, code=code)
        return self.run_it(*args, "--server", self.url, code=code)

    def test_report_in_all_formats_tells_the_same(self):
        document = json.loads(self.both("report", "--format", "json"))
        self.assertEqual(document["schema"], "sloburn.report/1")
        rollups = [s for s in document["slos"] if not s["labels"]]
        self.assertEqual(len(rollups), 4)
        for slo in rollups:
            values = [s for s in document["slos"] if s["id"] == slo["id"] and s["labels"]]
            self.assertEqual(sum(v["window"]["units"] for v in values), slo["window"]["units"])
            self.assertEqual(sum(v["window"]["spent"] for v in values), slo["window"]["spent"])
            self.assertEqual(sum(d["units"] for d in slo["days"]), slo["window"]["units"])
            self.assertEqual(sum(d["spent"] for d in slo["days"]), slo["window"]["spent"])
        rows = list(csv.DictReader(io.StringIO(self.both("report", "--format", "csv"))))
        self.assertEqual(len(rows), len(document["slos"]))
        self.assertEqual({r["slo"] for r in rows}, {"availability", "latency", "cost", "faithfulness"})
        markdown = self.both("report", "--format", "markdown")
        self.assertIn("# Service level report", markdown)
        self.assertIn("₩", markdown)
        html = self.both("report")
        self.assertEqual(html.count("<svg"), 4)
        self.assertNotIn("<script", html)

    def test_a_closed_month_and_a_week_can_be_asked_for(self):
        for period in ["7d", "last month", "week", "month"]:
            document = json.loads(self.both("report", "--period", period, "--format", "json", "--slo",
                                            "rag-api/availability"))
            self.assertGreater(document["slos"][0]["window"]["units"], 0)

    def test_a_period_in_which_nothing_was_counted_is_no_report(self):
        self.assertEqual(self.both("report", "--period", "2020-01", code=3), "")

    def test_the_file_is_written_whole(self):
        self.run_it("report", "--output", "report.html")
        self.assertTrue((self.folder / "report.html").read_text().endswith("</html>\n"))
        self.run_it("report", "--output", "nowhere/report.html", code=2)

    def test_the_page_opens_in_a_browser_without_errors(self):
        if not shutil.which("chromium"):
            self.skipTest("chromium is not installed")
        self.run_it("report", "--output", "report.html")
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu",
                                   "--disable-background-networking", "--user-data-dir=" + profile,
                                   "--enable-logging=stderr", "--window-size=1000,1600",
                                   "--screenshot=" + str(self.folder / "report.png"),
                                   "file://" + str(self.folder / "report.html")],
                                  capture_output=True, text=True, timeout=120)
        self.assertNotIn("CONSOLE", done.stderr)
        self.assertGreater((self.folder / "report.png").stat().st_size, 50000)

    def test_the_gate_answers_in_all_formats(self):
        self.assertIn("gate: pass", self.both("gate"))
        refused = json.loads(self.both("gate", "--min-budget", "99%", "--format", "json", code=1))
        self.assertEqual((refused["verdict"], refused["exit_code"]), ("refused", 1))
        suite = xml.etree.ElementTree.fromstring(self.both("gate", "--min-budget", "99%", "--format", "junit", code=1))
        self.assertEqual((suite.get("tests"), len(suite.findall(".//failure"))), ("4", 4))
        self.assertIn("::error title=", self.both("gate", "--min-budget", "99%", "--format", "github", code=1))
        self.assertIn("**refused**", self.both("gate", "--min-budget", "99%", "--format", "markdown", code=1))
        self.both("gate", "--min-budget", "99%", "--warn-only")
        self.both("gate", "--max-burn", "1h=5", "--slo", "rag-api/availability", code=1)
        self.both("gate", "--max-burn", "77m=5", "--slo", "rag-api/availability", code=3)
        self.both("gate", "--slo", "rag-api/nothing", code=3)
        self.both("gate", "--slo", "rag-api/nothing", "--on-no-data", "warn")
        self.both("gate", "--max-age", "0s", code=3)

    def test_status_shows_the_page_first(self):
        table = self.both("status").splitlines()
        self.assertIn("rag-api/availability", table[1])
        self.assertIn("P1 page for", table[1])
        document = json.loads(self.both("status", "--format", "json"))
        self.assertEqual(document["schema"], "sloburn.status/1")
        metrics = self.both("status", "--format", "openmetrics")
        self.assertTrue(metrics.endswith("# EOF\n"))
        self.assertRegex(metrics, r'sloburn_slo_firing\{[^}]*slo="availability",class="page"\} 1\n')

    def test_explain_says_what_impact_since_budget_and_first_step(self):
        text = self.both("explain", "rag-api/availability")
        for term in [r"What +P1 page: .*queries failed", r"Impact +users get an error", r"Since +20\d\d-.* ago",
                     r"Budget +.* % of the 30d budget is left", r"Time left +.*burns .* × over", r"Last change +\S",
                     r"First step +open the runbook: \S", r"spent ≤ allowance × units", r"→ it fires"]:
            self.assertRegex(text, term)
        self.assertIn("tenant=acme", self.both("explain", "rag-api/cost{tenant=acme}"))
        self.both("explain", "rag-api/cost{tenant=nobody}", code=3)
        self.both("explain", "rag-api/nothing", code=3)

    def test_query_reads_the_simulated_service(self):
        answer = json.loads(self.run_it("query", "sum by (tenant) (rate(rag_queries_total[5m]))", "--format", "json"))
        self.assertEqual([s["metric"]["tenant"] for s in answer["data"]["result"]], ["acme", "globex", "initech"])
        self.assertIn("{}", self.run_it("query", "sum(up)", "--start", "-1h", "--format", "chart"))

    def test_a_backup_is_sound_and_damage_is_found(self):
        self.assertIn(" 0 problems", self.run_it("verify"))
        self.run_it("backup", "copy.db")
        self.run_it("backup", "copy.db", code=2)
        self.assertIn(" 0 problems", self.run_it("verify", "--store", "copy.db"))
        self.run_it("restore", "copy.db", code=6)  # serve holds the store
        self.run_it("restore", "copy.db", "--store", "restored.db")
        self.assertIn(" 0 problems", self.run_it("verify", "--store", "restored.db"))
        db = sqlite3.connect(self.folder / "copy.db")
        db.execute("UPDATE day SET units = units + 1 WHERE day = (SELECT min(day) FROM day) AND group_id = 1")
        db.execute("UPDATE day SET blob = zeroblob(40) WHERE day = (SELECT min(day) FROM day) AND group_id = 2")
        db.commit()
        db.close()
        found = self.run_it("verify", "--store", "copy.db", code=6)
        self.assertIn("2 problems", found)
        self.assertRegex(found, r"prod/rag-api/availability, group 1: day \d+: its minutes add up to")


if __name__ == "__main__":
    unittest.main(verbosity=2)
