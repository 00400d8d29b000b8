#!/usr/bin/env python3
"""The examples in the papers are run.

- A ```yaml block that is an SLO file, a rule file or a sloburn.yml passes `sloburn check`, unless the line before it is
  <!-- part of a configuration -->.
- A ```console block is run line by line while a demo is running, in a folder that looks like a checkout after
  `./run demo`. What it prints must be what the paper says; numbers may differ, and "…" stands for anything: within
  a line, or as a line of its own for any number of lines. "[exit N]" as the last line of an answer names an exit code
  other than 0.
- Links between the papers lead somewhere; tables in them name the rooms, keys, fields and commands that the code has.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

ROOT = pathlib.Path(os.environ.get("SLOBURN_ROOT", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("SLOBURN_BUILD", ROOT / "build"))
SLOBURN = BUILD / "sloburn"
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "src").glob("*/README.md")])
NUMBER = re.compile(r"\d[\d.,:TZ-]*")


def blocks(kind):
    """(paper, line, text) of each fenced block of a kind."""
    for paper in PAPERS:
        text = paper.read_text(encoding="utf-8")
        text = re.sub(r"^<!-- part of a configuration -->\n```yaml", "<!-- -->\n```", text, flags=re.M)
        for found in re.finditer(rf"^```{kind}\n(.*?)^```$", text, flags=re.M | re.S):
            yield paper.relative_to(ROOT), text.count("\n", 0, found.start()) + 1, found.group(1)


def pattern_of(line):
    """A regular expression for a line of expected output."""
    parts = []
    for part in line.rstrip().split("…"):
        words = [re.escape(NUMBER.sub("0", word)) for word in part.split()]
        parts.append(r"\s+".join(words))
    return re.compile(r"\s*" + r".*".join(rf"\s*{part}\s*" if part else "" for part in parts) + r"$")


def matches(wanted, got):
    """Does the output `got` fit the lines `wanted`? The first line that does not, or None."""
    if not wanted:
        return None if not got else f"nothing more was expected, but there is: {got[0]}"
    if wanted[0].strip() == "…":
        if len(wanted) == 1:
            return None
        for skip in range(len(got) + 1):
            if matches(wanted[1:], got[skip:]) is None:
                return None
        return f"nowhere after …: {wanted[1]}"
    if not got:
        return f"missing: {wanted[0]}"
    if not pattern_of(wanted[0]).match(NUMBER.sub("0", got[0].rstrip())):
        return f"expected: {wanted[0]}\n     got: {got[0]}"
    return matches(wanted[1:], got[1:])


def commands(text):
    """(command, expected lines, exit code) of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, rest = part.partition("\n")
        while command.endswith("\\"):
            more, _, rest = rest.partition("\n")
            command = command[:-1] + more.strip()
        wanted = rest.rstrip("\n").split("\n") if rest.strip() else []
        code = 0
        if wanted and re.fullmatch(r"\[exit \d+\]", wanted[-1]):
            code = int(wanted.pop()[6:-1])
        yield command, wanted, code


class Demo:
    """`sloburn demo` in a folder of its own, until its history is read."""

    def __init__(self, folder):
        for name in ("rules", "runbooks", "docs"):
            (folder / name).symlink_to(ROOT / name)
        (folder / "build").symlink_to(BUILD)
        self.process = subprocess.Popen([str(SLOBURN), "demo", "--rules", str(folder)], cwd=folder,
                                        stdout=subprocess.PIPE, text=True)
        watchdog = threading.Timer(200, self.process.kill)
        watchdog.start()
        self.port = None
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            self.port = self.port or (found and found.group(1))
            if line.startswith("History is read"):
                break
        watchdog.cancel()

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=60)
        return self.process.returncode


@unittest.skipUnless(SLOBURN.exists(), "build/sloburn is not built")
class Examples(unittest.TestCase):
    def test_yaml_examples_pass_check(self):
        checked = 0
        for paper, line, text in blocks("yaml"):
            if not re.match(r"(#.*\n)*(service|groups|environment|source):", text):
                continue
            with self.subTest(f"{paper}:{line}"), tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                for link in ("rules", "runbooks"):
                    (folder / link).symlink_to(ROOT / link)
                (folder / "token").write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
                (folder / "token").chmod(0o600)
                (folder / "example.yml").write_text(text, encoding="utf-8")
                configuration = not re.search(r"^(service|groups):", text, flags=re.M)
                arguments = ["--config", "example.yml"] if configuration else ["example.yml"]
                done = subprocess.run([SLOBURN, "check", *arguments], cwd=folder, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            checked += 1
        self.assertGreater(checked, 3)

    def test_console_examples_print_what_the_papers_say(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            demo = Demo(folder)
            try:
                self.assertTrue(demo.port, "the demo did not start")
                for paper, line, text in blocks("console"):
                    for command, wanted, code in commands(text):
                        with self.subTest(f"{paper}:{line}: {command}"):
                            self.run_command(folder, command.replace(":9095", f":{demo.port}"), wanted, code)
                for path in ("slos", "ledger?days=true", "alerts?all=true"):
                    with self.subTest(f"docs/api.md: {path}"):
                        self.compare_fields(demo.port, path)
            finally:
                ended = demo.stop()
        self.assertEqual(ended, 0, "the demo did not end cleanly")

    def run_command(self, folder, command, wanted, code):
        if not shutil.which(command.split()[0], path=f"{folder}:{os.environ['PATH']}") and "/" not in command.split()[0]:
            self.skipTest(f"{command.split()[0]} is not installed")
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        wrong = matches(wanted, done.stdout.rstrip("\n").split("\n") if done.stdout.strip() else [])
        self.assertIsNone(wrong, wrong)


    def compare_fields(self, port, path):
        """Every field of a document stands in docs/api.md; what labels, annotations and facts hold does not."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=30) as answer:
            document = json.load(answer)
        page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
        missing = sorted(name for name in field_names(document) if f"`{name}`" not in page)
        self.assertEqual(missing, [])


def field_names(value):
    if isinstance(value, list):
        return {name for item in value for name in field_names(item)}
    if not isinstance(value, dict):
        return set()
    inner = {name for key, item in value.items() if key not in ("labels", "annotations", "facts") for name in field_names(item)}
    return set(value) | inner


class Tables(unittest.TestCase):
    def test_the_rooms_of_the_architecture_are_those_of_cmake(self):
        made = {}
        for line in re.findall(r"^room\((.*)\)$", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"), flags=re.M):
            name, *below = line.split()
            made[name] = sorted(below)
        told = {}
        rows = re.findall(r"^\| \d \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), flags=re.M)
        for folders, below in rows:
            for folder in folders.split(", "):
                told[folder.removeprefix("src/")] = below
        self.assertEqual(sorted(told), sorted(made))
        for name, below in told.items():
            if below not in ("all below", "nothing of ours"):
                self.assertEqual(sorted(below.split(", ")), made[name], name)

    def test_every_key_of_the_configuration_is_explained(self):
        page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
        for source in ("src/engine/config.c", "src/source/options.c"):
            text = (ROOT / source).read_text(encoding="utf-8")
            lists = re.findall(r"\*const (?:\w+_)?known\[\] = \{(.*?)\};", text, flags=re.S)
            self.assertGreater(len(lists), 2, source)
            for key in re.findall(r'"(\w+)"', " ".join(lists)):
                self.assertRegex(page, rf"\b{key}\b", source)

    def test_commands_named_in_the_readme_exist(self):
        known = set(re.findall(r'^    \{"([a-z]+)", command_', (ROOT / "src/commands/commands.c").read_text(encoding="utf-8"), flags=re.M))
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        named = set(re.findall(r"^\| `([a-z]+)` \|", readme, flags=re.M))
        self.assertGreater(len(named), 5)
        self.assertEqual(named - known, set())


class Papers(unittest.TestCase):
    def test_links_between_papers_lead_somewhere(self):
        for paper in PAPERS:
            text = re.sub(r"^```.*?^```$", "", paper.read_text(encoding="utf-8"), flags=re.M | re.S)
            for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)", text):
                self.assertTrue((paper.parent / target).exists(), f"{paper.relative_to(ROOT)}: {target}")

    def test_every_room_says_what_belongs_there(self):
        for room in sorted(path for path in (ROOT / "src").iterdir() if path.is_dir()):
            self.assertTrue((room / "README.md").exists(), f"{room.name} has no README.md")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
