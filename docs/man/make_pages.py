"""Makes the manual pages in this folder from the commands' own help, with the examples below. A test runs it with --check.

Usage: make_pages.py [--check] SLOBURN
"""
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent

EXAMPLES = {
    "backup": [("sloburn backup /backup/sloburn-$(date +%F).db", "A copy for each day, from cron.")],
    "check": [("sloburn check", "The configuration in this folder and all that it names."),
              ("sloburn check --source", "Ask the source as well: is what the SLOs count there?"),
              ("sloburn check --strict slos/*.yml rules/*.yml", "In a pipeline: warnings count too.")],
    "correct": [("sloburn correct add --service rag-api --every 'sat 02:00-04:00' --zone Asia/Seoul --reason 'index rebuild'",
                 "A window that comes back every Saturday."),
                ("sloburn correct add --slo rag-api/cost --kind exclusion --from 2026-11-21T09:00:00Z "
                 "--to 2026-11-21T09:30:00Z --reason 'load test'", "Afterwards: budgets change, no incident does."),
                ("sloburn correct revoke 3 --reason 'the wrong service'", "As if it had never been.")],
    "demo": [("sloburn demo", "An incident, from the first sample to the page.")],
    "explain": [("sloburn explain rag-api/availability", "Why it pages, or does not."),
                ("sloburn explain 'rag-api/cost{tenant=acme}'", "One value of a fan-out.")],
    "gate": [("sloburn gate --service rag-api --format github", "Before a release, in GitHub Actions."),
             ("sloburn gate --min-budget 20% --max-burn 1h=6 --max-burn 5m=14.4", "Limits of one's own."),
             ("sloburn gate --server https://slo.example --token-file token --on-error warn",
              "Ask a server; when it is away, only warn.")],
    "query": [("sloburn query 'sum by (tenant) (rate(rag_queries_total[5m]))'", "Now."),
              ("sloburn query 'sum(up)' --start -6h --format chart", "Six hours as a chart.")],
    "report": [("sloburn report --period 'last month' --output /srv/reports/last.html", "On the first of each month."),
               ("sloburn report --period 2026-Q3 --owner rag-team --format csv", "A quarter, for a spreadsheet.")],
    "restore": [("sloburn restore /backup/sloburn-2026-11-20.db", "While no serve holds the store.")],
    "serve": [("sloburn serve --config /etc/sloburn/sloburn.yml", "The on-call team's process."),
              ("sloburn serve --observe", "Beside another system, delivering nothing.")],
    "simulate": [("sloburn simulate --listen 127.0.0.1:9464", "A service to scrape.")],
    "sink": [("sloburn sink --listen 127.0.0.1:9099 --answer mixed", "Receivers that misbehave.")],
    "status": [("sloburn status", "All SLOs, worst first."),
               ("sloburn status --format openmetrics > /var/lib/node_exporter/slo.prom", "For a textfile collector.")],
    "verify": [("sloburn verify --store backup.db", "Is this backup sound?")],
}


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True).stdout


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def parse_help(text):
    """(synopsis, about, [(option, help)], epilogue)"""
    blocks = text.strip("\n").split("\n\n")
    synopsis = blocks[0][len("usage: "):]
    options, before, after = [], [], []
    for block in blocks[1:]:
        if not block.startswith("  --"):
            (after if options else before).append(block)
            continue
        for line in block.split("\n"):
            found = re.match(r"  (--\S+(?: [A-Z][A-Z0-9_=]*)?) +(\S.*)$", line)
            if found:
                options.append([found.group(1), found.group(2)])
            else:
                options[-1][1] += " " + line.strip()
    return synopsis, "\n\n".join(before), options, "\n\n".join(after)


def page(name, summary, help_text, names):
    synopsis, about, options, epilogue = parse_help(help_text)
    out = [".\\\" made from sloburn %s --help by make_pages.py" % name,
           ".TH SLOBURN-%s 1 \"\" sloburn \"sloburn manual\"" % name.upper(),
           ".SH NAME", "sloburn\\-%s \\- %s" % (name, escape(summary)),
           ".SH SYNOPSIS", ".nf", escape(synopsis), ".fi",
           ".SH DESCRIPTION", escape(about).replace("\n\n", "\n.PP\n"), ".SH OPTIONS"]
    for option, text in options:
        out += [".TP", ".B " + escape(option), escape(text)]
    codes = epilogue.replace("Exit codes: ", "").split("\n\n")
    if epilogue.startswith("Exit codes: "):
        out += [".SH EXIT STATUS", escape(codes[0])]
    for block in codes[1:] if epilogue.startswith("Exit codes: ") else [b for b in codes if b]:
        out += [".PP", escape(block)]
    if EXAMPLES.get(name):
        out += [".SH EXAMPLES"]
        for command, text in EXAMPLES[name]:
            out += [escape(text), ".PP", ".nf", ".RS", escape(command), ".RE", ".fi", ".PP"]
    out += [".SH SEE ALSO", ",\n".join(".BR sloburn\\-%s (1)" % n for n in names if n != name).replace("(1),", "(1) ,")]
    return "\n".join(out) + "\n"


def overview(commands):
    out = [".\\\" made from sloburn help by make_pages.py", ".TH SLOBURN 1 \"\" sloburn \"sloburn manual\"", ".SH NAME",
           "sloburn \\- SLOs, error budgets and burn\\-rate alerts over Prometheus", ".SH SYNOPSIS",
           ".B sloburn", ".I COMMAND", "[\\fIOPTION\\fR...]", ".SH DESCRIPTION",
           "sloburn reads service level objectives and Prometheus rule files, fetches samples from any server that speaks",
           "Prometheus\\(aq HTTP API, keeps exact error budgets, and takes alerts, each with its runbook, to people.",
           ".SH COMMANDS"]
    for name, summary in commands:
        out += [".TP", ".BR sloburn\\-%s (1)" % name, escape(summary)]
    out += [".SH FILES", ".TP", ".I sloburn.yml", "the configuration: docs/configuration.md",
            ".TP", ".I sloburn.db", "the store, beside it unless the configuration names another place"]
    return "\n".join(out) + "\n"


def main():
    check, sloburn = "--check" in sys.argv, sys.argv[-1]
    commands = re.findall(r"^  (\w+) +(.*)$", run(sloburn, "help"), re.M)
    names = [name for name, _ in commands]
    pages = {"sloburn.1": overview(commands)}
    for name, summary in commands:
        pages["sloburn-%s.1" % name] = page(name, summary, run(sloburn, name, "--help"), names)
    wrong = [p.name for p in FOLDER.glob("*.1") if p.name not in pages]
    for name, content in pages.items():
        path = FOLDER / name
        if not check:
            path.write_text(content)
        elif not path.exists() or path.read_text() != content:
            wrong.append(name)
    if wrong:
        sys.exit("not as the commands' help has it (docs/man/make_pages.py build/sloburn): " + ", ".join(sorted(wrong)))


main()
