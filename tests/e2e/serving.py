"""A serve, a sink, and a configuration that joins them, for end-to-end tests."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import tempfile
import unittest

import processes

SLOBURN = processes.sloburn()
ROOT = pathlib.Path(os.environ.get("SLOBURN_ROOT", pathlib.Path(__file__).resolve().parents[2]))
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
LONG = os.environ.get("SLOBURN_TEST_MODE") == "long"

CONFIGURATION = """\
environment: test
source: %(source)s
store: {path: sloburn.db}
slo_files: [slos/*.yml]
owners: {rag-team: {page: [pagerduty-rag, slack-rag], ticket: slack-rag}}
alerting:
  receivers:
  - name: pagerduty-rag
    pagerduty_configs: [{routing_key: %(key)s, url: "%(sink)s/v2/enqueue"}]
  - name: slack-rag
    slack_configs: [{api_url: "%(sink)s/services/T0/B0/local"}]
evaluation_interval: %(interval)s
server: {listen: "127.0.0.1:0"}
%(more)s
"""


def configure(folder, sink="http://127.0.0.1:9", source="{simulate: {seed: 1}}", interval="30s", more=""):
    """Writes sloburn.yml and the shipped SLO file into a folder; returns the configuration's path."""
    folder = pathlib.Path(folder)
    (folder / "slos").mkdir(parents=True, exist_ok=True)
    if not (folder / "slos" / "rag-api.slo.yml").exists():
        shutil.copy(ROOT / "rules" / "rag-api.slo.yml", folder / "slos")
    path = folder / "sloburn.yml"
    path.write_text(CONFIGURATION % {"source": source, "key": ROUTING_KEY, "sink": sink, "interval": interval,
                                     "more": more})
    return path


class Serve(processes.Process):
    """sloburn serve on a configuration; all starts of one folder log into the same file."""

    def __init__(self, config, *options, wait=True):
        self.config = pathlib.Path(config)
        output = self.config.parent / "serve.log"
        self.before = output.stat().st_size if output.exists() else 0
        super().__init__([SLOBURN, "serve", "--config", str(self.config), *options], output)
        if wait:
            self.wait_log("msg=serving", 20)
            self.url = "http://127.0.0.1:" + re.findall(r"port=(\d+)", self.log())[-1]

    def log(self):
        """What this start has logged."""
        return self.output.read_bytes()[self.before:].decode(errors="replace")

    def wait_log(self, wanted, seconds=30):
        def there():
            assert self.popen.poll() is None, "serve ended early:\n" + self.log()
            return re.search(wanted, self.log())

        return processes.wait_for("the log to say " + wanted, there, seconds)

    def wait_ready(self, seconds=60):
        processes.wait_for("/-/ready", lambda: self.get("/-/ready")[0] == 200, seconds)

    def get(self, path, **options):
        return processes.request(self.url + path, **options)

    def json(self, path, **options):
        status, body = self.get(path, **options)
        assert status == 200, "%s: %d %s" % (path, status, body)
        return json.loads(body)

    def metric(self, name):
        """The sum of a metric of its own /metrics."""
        status, body = self.get("/metrics")
        assert status == 200, body
        values = re.findall(r"^%s(?:\{[^}]*\})? (\S+)$" % name, body, re.M)
        return sum(map(float, values))

    def kill(self):
        self.popen.kill()
        self.popen.wait()


class Sink(processes.Process):
    """sloburn sink with its record."""

    def __init__(self, folder, *options):
        self.record = pathlib.Path(folder) / "record.jsonl"
        super().__init__([SLOBURN, "sink", "--listen", "127.0.0.1:0", "--record", str(self.record), *options],
                         pathlib.Path(folder) / "sink.log")
        self.wait_text("sink on http")
        self.url = re.findall(r"sink on (http://[^\s,]+)", self.text())[0]

    def events(self, receiver=None):
        lines = self.record.read_text().split("\n")[:-1] if self.record.exists() else []
        events = [json.loads(line) for line in lines]
        return [e for e in events if receiver in (None, e["receiver"])]

    def taken(self, receiver, *actions):
        return [e for e in self.events(receiver) if e["taken"] and e["action"] in actions]

    def control(self, **options):
        query = "&".join("%s=%s" % o for o in options.items())
        status, body = processes.request(self.url + "/control?" + query, "POST")
        assert status == 200, body

    def summary(self):
        return json.loads(processes.request(self.url + "/summary")[1])


class Case(unittest.TestCase):
    """A test with a folder of its own, and what it started ended."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="sloburn-e2e-")
        self.folder = pathlib.Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)
        self.started = contextlib.ExitStack()
        self.addCleanup(self.started.close)

    def start(self, process):
        return self.started.enter_context(process)
