#!/usr/bin/env python3
"""docs/slo.schema.json and `sloburn check` agree.

Whatever check accepts validates: the files that ship, the papers' examples, the cases of the reader. Mistakes that an
editor should show as they are typed are refused by both. Needs python3-jsonschema and python3-yaml; without them the
test is skipped."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (apt-get install python3-jsonschema python3-yaml)")
    sys.exit(77)

ROOT = pathlib.Path(os.environ.get("SLOBURN_ROOT", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("SLOBURN_BUILD", ROOT / "build"))
SCHEMA = json.loads((ROOT / "docs/slo.schema.json").read_text(encoding="utf-8"))

# An SLO of each kind, into which a mistake is put: the line goes behind it, or replaces the line of the same key.
KINDS = {
    "events": ["objective: 99.5%", "total: t_total", "bad: t_total{code=~\"5..\"}"],
    "percentile": ["objective: p95 <= 4s", "histogram: h_seconds"],
    "mean": ["objective: mean <= ₩10", "sum: c_total", "count: n_total"],
    "score": ["objective: mean >= 0.85 of 1", "histogram: score"],
    "minutes": ["objective: 99% of minutes", "when: up == 1"],
    "total": ["objective: total <= ₩3,000,000 per month", "sum: c_total"],
    "composite": ["composite: {worst: [a, b]}"],
}

GOOD = """
events objective: 99.95 %
events objective: 99.999%
percentile objective: p99.9<=300 ms
percentile objective: p50 ≤ 12
percentile objective: p95 <= 1m30s
percentile objective: p95 <= 1d500ms
percentile objective: [p50 <= 1s, p95 <= 4s, mean <= 800ms]
mean objective: mean <= 0.02 USD
mean objective: mean <= $0.02
score objective: mean >= 4.2 of 1..5
total objective: total <= 5 per week
total objective: total <= 2h30m per day
events by: tenant
events by: []
events max_groups: 7\\n    by: [a, b]
events max_groups: "7"\\n    by: a
events window: [30d, month Asia/Seoul, 1d12h]
events impact: 404
events owner: 7
events labels: {team: 7, gold: true}
events links: {dashboard: "https://grafana.example/d/1"}
events runbook: /runbooks/a
events runbook: runbooks/a.md
events runbook: https://wiki.example/a:b
events was: shop/old
events tiers: {without: trend, fast: {rate: "10", min_bad: 0}}
events policy: {warning: 30, critical: 15%}
events policy: {actions: {a: {when: fast, webhook: "https://x.example", undo: {}}}}
events sla: [{below: 99.5%, credit: 10%}, {below: 99%, credit: 100%}]
score sla: [{below: 0.8, credit: 2.5%}]
percentile except: code=~"5.."\\n    failed: bad
events by: t\\n    overrides: [{match: 't="a"', objective: 99.9%}]
"""

BAD = """
events objective: 99.5
events objective: 0.995
events objective: 100%
events objective: three nines
events objective: 99% of hours
events bad:
events good: t_total
events histogram: h
events except: code="5"
events unknown: 1
events windw: 30d
events window: 30
events window: monthly
events window: []
events by: "a b"
events by: le
events by: [a, b, c, d, e]
events max_groups: 0\\n    by: a
events max_groups: many\\n    by: a
events labels: {a-b: c}
events labels: {service: c}
events labels:
events links: {dashboard: grafana}
events runbook: "javascript:alert(1)"
events when_down: down
events tiers: {fastest: {rate: 3}}
events tiers: {fast: {rate: 0}}
events tiers: {fast: {severity: critical}}
events tiers: {without: [fastest]}
events policy: {warning: 110%}
events policy: {actions: {a: {when: worried, webhook: "https://x.example"}}}
events policy: {actions: {a: {when: critical}}}
events policy: {actions: {a: {when: critical, webhook: "ftp://x.example"}}}
events policy: {actions: {a: {when: critical, webhook: "https://x.example", per_day: 0}}}
events sla: [{below: 99%}]
events sla: [{below: 99%, credit: 110%}]
events sla: [{below: 99%, credit: 10}]
events by: t\\n    overrides: [{objective: 99.9%}]
events by: t\\n    overrides: [{match: 't="a"', total: x}]
percentile objective: p95 < 4s
percentile objective: p95 <= 4 parsecs
percentile objective: p95 <= 30s1m
percentile histogram: h_seconds_bucket
percentile failed: good
mean count:
mean objective: mean <= 10k
score objective: mean >= 0.85
minutes when:
minutes unit: minute
total objective: total <= ₩3,000,000
total objective: total <= ₩3,000,000 per hour
composite composite: {worst: [a]}
composite composite: {worst: [a, b], weighted: {a: 1, b: 1}}
composite composite: {weighted: {a: 0, b: 1}}
composite window: 30d
composite objective: 99%
"""


class Loader(yaml.SafeLoader):
    """YAML 1.2's few types, as editors have them; dates and "yes" are texts."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (("bool", r"^(?:true|false)$", "tf"), ("null", r"^(?:~|null|)$", ["~", "n", ""]),
                            ("int", r"^[-+]?[0-9]+$", "-+0123456789"), ("merge", r"^<<$", "<"),
                            ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:e[-+]?[0-9]+)?$", "-+.0123456789")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


def violations(text):
    """What the schema has against a file."""
    value = next(yaml.load_all(text, Loader))
    return [f"{e.json_path}: {e.message}" for e in jsonschema.Draft202012Validator(SCHEMA).iter_errors(value)]


def findings(text):
    """The errors that check finds; of composites' parts, which stand in other files, none."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.yml")
        path.write_text(text, encoding="utf-8")
        out = subprocess.run([str(BUILD / "sloburn"), "check", "--format", "json", str(path)], capture_output=True,
                             text=True, check=False).stdout
        return [f["message"] for f in json.loads(out)["findings"]
                if f["level"] == "error" and "there is no SLO" not in f["message"]]


def with_line(kind, line):
    lines = list(KINDS[kind])
    key = line.split(":")[0]
    if key in (old.split(":")[0] for old in lines):
        lines = [line if old.split(":")[0] == key else old for old in lines]
    else:
        lines.append(line)
    return "service: shop\nslos:\n  one:\n" + "".join(f"    {one}\n" for one in lines).replace("\\n", "\n")


def cases(table):
    for line in table.strip().splitlines():
        kind, _, rest = line.partition(" ")
        yield line, with_line(kind, rest)


class Schema(unittest.TestCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_what_check_accepts_validates(self):
        files = [*(ROOT / "rules").glob("**/*.slo.yml"), *(ROOT / "tests/slo/files").glob("*.yml")]
        texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
        manual = (ROOT / "docs/slo-files.md").read_text(encoding="utf-8")
        for number, found in enumerate(re.findall(r"^```yaml\n(service.*?)^```$", manual, flags=re.M | re.S)):
            texts[f"docs/slo-files.md, example {number}"] = found
        texts.update(cases(GOOD))
        texts.update((kind, with_line(kind, "summary: x")) for kind in KINDS)
        accepted = 0
        for name, text in texts.items():
            if not re.search("^service:", text, flags=re.M) or findings(text):
                self.assertNotIn(name, dict(cases(GOOD)), findings(text))
                continue
            accepted += 1
            with self.subTest(name):
                self.assertEqual(violations(text), [])
        self.assertGreater(accepted, 50)

    def test_mistakes_are_refused_by_both(self):
        for name, text in cases(BAD):
            with self.subTest(name):
                self.assertNotEqual(findings(text), [], "check accepts it")
                self.assertNotEqual(violations(text), [], "the schema accepts it")


if __name__ == "__main__":
    unittest.main()
