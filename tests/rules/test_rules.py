#!/usr/bin/env python3
"""What ships in rules/ and runbooks/ belongs together.

Every alert has a runbook of its name and every runbook an alert; runbooks have their five sections; every rule
says P3 or P4 and what a person needs; promtool reads the rule files, and what tests/rules/*.test.yml say holds.
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
SLOBURN = pathlib.Path(os.environ.get("SLOBURN_BUILD", ROOT / "build")) / "sloburn"
RULES = sorted((ROOT / "rules").glob("*.rules.yml"))
SLOS = sorted((ROOT / "rules").glob("*.slo.yml"))
RUNBOOKS = {path.stem: path for path in (ROOT / "runbooks").glob("*.md") if path.stem != "README"}
OWN_INCIDENTS = {"source-blind"}  # what sloburn says about itself, without a rule
SECTIONS = ["What it means", "Impact", "How to look", "How to mend", "How to tell it is over"]
WANTED = ["summary", "description", "impact", "first_step", "runbook_url"]


def rules_of(path):
    """The alerts of a rule file as (name, text of the rule), by its layout: one `- alert:` a rule."""
    parts = re.split(r"^ +- alert: ", path.read_text(encoding="utf-8"), flags=re.M)[1:]
    return [(part.split("\n", 1)[0].strip(), part) for part in parts]


def slos_of(path):
    """The SLOs of an SLO file as (service-name, text of the SLO)."""
    text = path.read_text(encoding="utf-8")
    service = re.search(r"^service: (\S+)", text, flags=re.M).group(1)
    parts = re.split(r"^  (\w[\w-]*):\n", text[text.index("\nslos:"):], flags=re.M)[1:]
    return [(f"{service}-{name}", body) for name, body in zip(parts[::2], parts[1::2])]


def alerts():
    return [(path, name, text) for path in RULES for name, text in rules_of(path)]


def slos():
    return [(path, name, text) for path in SLOS for name, text in slos_of(path)]


def value_of(text, key):
    found = re.search(rf"\b{key}: *([^,}}\n]+)", text)
    return found.group(1).strip() if found else None


class Pairs(unittest.TestCase):
    def test_something_ships(self):
        self.assertGreater(len(alerts()), 20)
        self.assertEqual(len(slos()), 4)

    def test_every_alert_has_a_runbook(self):
        names = {name for _, name, _ in alerts() + slos()} | OWN_INCIDENTS
        self.assertEqual(sorted(names - set(RUNBOOKS)), [])

    def test_every_runbook_has_an_alert(self):
        names = {name for _, name, _ in alerts() + slos()} | OWN_INCIDENTS
        self.assertEqual(sorted(set(RUNBOOKS) - names), [])

    def test_alerts_point_to_their_own_runbook(self):
        for path, name, text in alerts():
            self.assertEqual(value_of(text, "runbook_url"), f"/runbooks/{name}", f"{path.name}: {name}")
        for path, name, text in slos():
            self.assertEqual(value_of(text, "runbook"), f"/runbooks/{name}", f"{path.name}: {name}")


class Runbooks(unittest.TestCase):
    def test_the_title_is_the_alert(self):
        for name, path in RUNBOOKS.items():
            self.assertEqual(path.read_text(encoding="utf-8").split("\n", 1)[0], f"# {name}")

    def test_the_five_sections_stand_there_in_order(self):
        for name, path in RUNBOOKS.items():
            found = re.findall(r"^## (.*)$", path.read_text(encoding="utf-8"), flags=re.M)
            self.assertEqual(found, SECTIONS, name)

    def test_no_section_is_empty(self):
        for name, path in RUNBOOKS.items():
            for body in re.split(r"^## .*$", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
                self.assertGreater(len(body.split()), 2, name)

    def test_how_to_look_gives_something_to_run(self):
        for name, path in RUNBOOKS.items():
            look = path.read_text(encoding="utf-8").split("## How to look")[1].split("## How to mend")[0]
            self.assertTrue("`" in look or "\n       " in look, name)

    def test_runbooks_named_in_runbooks_exist(self):
        for name, path in RUNBOOKS.items():
            for other in re.findall(r"\b(?:see(?: also)?|As in|told by) `?([A-Za-z-]+)`?", path.read_text(encoding="utf-8")):
                if other.startswith(("Host", "Http", "Process", "RagApi", "rag-api-")):
                    self.assertIn(other, RUNBOOKS, name)


    def test_queries_in_runbooks_are_promql(self):
        if not SLOBURN.exists():
            self.skipTest("build/sloburn is not built")
        with tempfile.TemporaryDirectory() as folder:
            configuration = pathlib.Path(folder) / "sloburn.yml"
            configuration.write_text("source: {simulate: {seed: 1}}\n", encoding="utf-8")
            for name, path in RUNBOOKS.items():
                for expression in queries_of(path):
                    done = subprocess.run([SLOBURN, "query", "--config", configuration, "--format", "csv", expression],
                                          capture_output=True, text=True, check=False)
                    self.assertEqual(done.returncode, 0, f"{name}: {expression}\n{done.stderr}")


def queries_of(path):
    """The expressions of a runbook's promql blocks; a line that is indented further goes on with the one before."""
    for block in re.findall(r"^( *)```promql\n(.*?)^ *```$", path.read_text(encoding="utf-8"), flags=re.M | re.S):
        lines = [line.removeprefix(block[0]) for line in block[1].rstrip("\n").split("\n")]
        yield from re.sub(r"\n +", " ", "\n".join(lines)).split("\n")


class Rules(unittest.TestCase):
    def test_nothing_that_ships_pages_on_a_cause(self):
        for path, name, text in alerts():
            self.assertIn(value_of(text, "severity"), ("P3", "P4"), f"{path.name}: {name}")

    def test_every_rule_says_what_a_person_needs(self):
        for path, name, text in alerts():
            for wanted in WANTED:
                self.assertRegex(text, rf"\n          {wanted}: \S", f"{path.name}: {name} has no {wanted}")

    def test_rules_without_an_owner_say_so_in_their_file(self):
        for path in RULES:
            owned = all(value_of(text, "owner") for _, text in rules_of(path))
            head = path.read_text(encoding="utf-8").split("groups:")[0]
            self.assertTrue(owned or "`default`" in head, path.name)

    def test_rag_thresholds_name_service_slo_and_level(self):
        found = [(name, value_of(text, "level")) for path, name, text in alerts() if path.name == "rag-api.rules.yml"]
        self.assertEqual(len(found), len(set(found)))
        for path, name, text in alerts():
            if path.name != "rag-api.rules.yml":
                continue
            self.assertEqual(value_of(text, "service"), "rag-api", name)
            self.assertEqual(value_of(text, "owner"), "rag-team", name)
            self.assertIn(value_of(text, "level"), ("warning", "critical"), name)
            self.assertIn("rag-api-" + value_of(text, "slo"), {slo for _, slo, _ in slos()}, name)


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (./run deps test)")
class Promtool(unittest.TestCase):
    def run_promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, cwd=ROOT / "tests/rules")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_reads_the_rule_files(self):
        self.run_promtool("check", "rules", *map(str, RULES))

    def test_rules_fire_when_they_should_and_only_then(self):
        self.run_promtool("test", "rules", *map(str, sorted((ROOT / "tests/rules").glob("*.test.yml"))))


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
