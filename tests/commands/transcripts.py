"""Runs command transcripts: text files of files, commands and what they print.

    === a sentence that the case shows
    --- file slos/a.yml
    service: a
    --- console
    $ sloburn check
    what it prints, standard output and error together; … stands for anything within a line
    [exit 1]

Each case runs in a folder of its own. [exit N] follows a command that ends with anything but 0.
Usage: transcripts.py SLOBURN FILE…
"""
import os
import re
import subprocess
import sys
import tempfile


def parse(path):
    """Yields (name, line number, files, commands); a command is (line, expected output, exit code)."""
    name, start, files, commands, into = None, 0, {}, [], None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if line.startswith("=== "):
            if name:
                yield name, start, files, commands
            name, start, files, commands, into = line[4:].strip(), number, {}, [], None
        elif line.startswith("--- file "):
            into = line[9:].strip()
            files[into] = ""
        elif line.startswith("--- console"):
            into = None
        elif name and into is not None:
            files[into] += line
        elif name and line.startswith("$ "):
            commands.append([line[2:].strip(), "", 0])
        elif commands and re.fullmatch(r"\[exit \d+\]\n", line):
            commands[-1][2] = int(line[6:-2])
        elif commands and name:
            commands[-1][1] += line
    if name:
        yield name, start, files, commands


def matches(expected, got):
    pattern = re.escape(expected.rstrip("\n")).replace("…", "[^\n]*")
    return re.fullmatch(pattern, got.replace("\r", "").rstrip("\n")) is not None


def run_case(files, commands, environment):
    """None, or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            path = os.path.join(folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(content)
        for command, expected, code in commands:
            done = subprocess.run(["/bin/bash", "-c", command], cwd=folder, env=environment, timeout=60,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            got = done.stdout.decode("utf-8", "replace")
            if done.returncode != code:
                return f"$ {command}\nexit code {done.returncode}, expected {code}; it printed:\n{got}"
            if not matches(expected, got):
                return f"$ {command}\nexpected:\n{expected}got:\n{got}"
    return None


def main():
    sloburn, paths = os.path.abspath(sys.argv[1]), sys.argv[2:]
    environment = dict(os.environ, PATH=os.path.dirname(sloburn) + ":" + os.environ["PATH"], LC_ALL="C.UTF-8")
    passed = failed = 0
    for path in paths:
        for name, line, files, commands in parse(path):
            wrong = run_case(files, commands, environment) if commands else "no command in it"
            passed += wrong is None
            failed += wrong is not None
            if wrong:
                print(f"{path}:{line}: {name}\n{wrong}\n")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
