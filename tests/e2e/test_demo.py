"""`sloburn demo`: within 120 s of its page a PagerDuty trigger and a Slack message, each with a runbook link that opens;
the page resolves by itself within 20 minutes (in the short form in sped-up time, with SLOBURN_TEST_MODE=long in real
time, and through a real Prometheus, too)."""

import json
import re
import shutil
import time
import unittest

import processes
import serving

TRIGGER = r"PagerDuty TRIGGER .*rag-api availability.* runbook (http://\S+)"
SLACK = r"Slack OPEN .*rag-api availability.* runbook (http://\S+)"
RESOLVES = r"PagerDuty RESOLVE .*rag-api availability", r"Slack RESOLVE .*rag-api availability"


class Demo(serving.Case):
    def demo(self, *options):
        self.process = self.start(processes.Process(
            [serving.SLOBURN, "demo", "--folder", str(self.folder / "demo"), "--port", "0", *options],
            self.folder / "demo.log"))
        self.page = self.wait(r"the page\s+(http://127\.0\.0\.1:\d+/)", 300).group(1)  # a Prometheus reads its history first
        self.begun = time.monotonic()

    def wait(self, pattern, seconds):
        def there():
            assert self.process.popen.poll() is None, "it ended early:\n" + self.process.text()
            return re.search(pattern, self.process.text())

        return processes.wait_for(pattern, there, seconds)

    def pages(self):
        for pattern in TRIGGER, SLACK:
            told = self.wait(pattern, 120 - (time.monotonic() - self.begun))
            status, body = processes.request(told.group(1))
            self.assertEqual(status, 200, told.group(0))
            self.assertIn("availability", body, "the runbook opens")
        self.assertEqual(processes.request(self.page)[0], 200)
        incidents = json.loads(processes.request(self.page + "api/v1/alerts")[1])["incidents"]
        self.assertTrue([i for i in incidents if "/rag-api/availability/page/" in i["key"]])

    def resolves(self, seconds):
        for pattern in RESOLVES:
            self.wait(pattern, seconds - (time.monotonic() - self.begun))
        self.assertNotRegex(self.process.text(), r"violation|without trigger|opened twice|level=error")
        self.assertEqual(len(re.findall(TRIGGER, self.process.text())), 1)

    def test_pages_in_real_time(self):
        self.demo()
        self.pages()
        if serving.LONG:
            self.resolves(1200)
        self.assertEqual(self.process.stop(), 0)

    def test_pages_and_resolves_sped_up(self):
        self.demo("--speed", "30")
        self.pages()
        self.resolves(120)
        self.assertEqual(self.process.stop(), 0)

    @unittest.skipUnless(serving.LONG, "the long form only")
    def test_through_a_real_prometheus(self):
        if not shutil.which("prometheus") or not shutil.which("promtool"):
            self.skipTest("prometheus is not installed")
        self.demo("--prometheus")
        self.pages()
        self.resolves(1200)
        self.assertEqual(self.process.stop(), 0)

    def test_bad_usage(self):
        for options in ("--speed", "0"), ("--seed", "x"), ("--nonsense",), ("more",):
            process = processes.Process([serving.SLOBURN, "demo", *options], self.folder / "bad.log")
            self.assertEqual(process.popen.wait(20), 2, options)


if __name__ == "__main__":
    unittest.main()
