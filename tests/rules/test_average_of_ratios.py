#!/usr/bin/env python3
"""What the common shortcut makes of the service of docs/average-of-ratios.md, computed by promtool.

tests/slo/test_reproduction.c counts the same 30 days with the ledger: 1,800 of 8,283,600 requests failed.
promtool's tests hold at most 10,000 samples at a time, hence the mean of 30 daily means, which is the same.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("SLOBURN_ROOT", pathlib.Path(__file__).resolve().parents[2]))
PAGE = ROOT / "docs/average-of-ratios.md"
DAYS, BUSY, DAY = 30, 23 * 60, 24 * 60
TRUTH = 1800 / 8283600

RULES = """groups:
  - name: shortcut
    interval: 1m
    rules:
      - record: slo:sli_error:ratio_rate5m
        expr: sum(rate(http_requests_total{code="500"}[5m])) / sum(rate(http_requests_total[5m]))
"""

AVERAGE = "avg_over_time(avg_over_time(slo:sli_error:ratio_rate5m[1d])[30d:1d])"
INCREASES = (
    'sum_over_time(sum(increase(http_requests_total{code="500"}[1d]))[30d:1d])'
    " / sum_over_time(sum(increase(http_requests_total[1d]))[30d:1d])"
)


def counter(busy_per_minute, quiet_per_minute):
    """A counter in promtool's notation: 0, then day after day."""
    parts, value = ["0"], 0
    for _ in range(DAYS):
        for step, minutes in ((busy_per_minute, BUSY), (quiet_per_minute, DAY - BUSY)):
            parts.append(f"{value + step}+{step}x{minutes - 1}")
            value += step * minutes
    return " ".join(parts)


def promtool_value(expression):
    """The one value of an expression at the end of the 30 days; promtool prints it where it expected none."""
    quoted = expression.replace('"', "'")
    test = f"""rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{series: 'http_requests_total{{code="200"}}', values: '{counter(200, 1)}'}}
      - {{series: 'http_requests_total{{code="500"}}', values: '{counter(0, 1)}'}}
    promql_expr_test:
      - {{expr: "{quoted}", eval_time: 30d, exp_samples: []}}
"""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "rules.yml").write_text(RULES, encoding="utf-8")
        (pathlib.Path(folder) / "test.yml").write_text(test, encoding="utf-8")
        done = subprocess.run(["promtool", "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True,
                              check=False)
    found = re.search(r'got: *"?\{\} ([0-9.eE+-]+|NaN)', done.stdout + done.stderr)
    if not found:
        raise AssertionError(done.stdout + done.stderr)
    return float(found.group(1))


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (./run deps test)")
class AverageOfRatios(unittest.TestCase):
    average = None

    @classmethod
    def setUpClass(cls):
        cls.average = promtool_value(AVERAGE)

    def test_it_is_about_90_times_off(self):
        self.assertGreater(self.average / TRUTH, 85)
        self.assertLess(self.average / TRUTH, 95)

    def test_increases_agree_with_the_ledger(self):
        self.assertAlmostEqual(promtool_value(INCREASES) / TRUTH, 1, delta=0.001)

    def test_the_page_prints_what_was_computed(self):
        page = PAGE.read_text(encoding="utf-8")
        self.assertIn(f"{100 * TRUTH:.4f} %", page)
        self.assertIn(f"{100 * self.average:.2f} %", page)
        self.assertIn(f"{self.average / TRUTH:.0f} times", page)
        for expression in (AVERAGE, INCREASES):
            self.assertIn(expression, page)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
