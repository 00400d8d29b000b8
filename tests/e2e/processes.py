"""Processes and HTTP for end-to-end tests: everything on loopback and free ports, everything that was started is
ended again, by its own process."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

SKIPPED = 77


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def sloburn():
    """The program under test: $SLOBURN, or the one of the build."""
    root = pathlib.Path(os.environ.get("SLOBURN_ROOT", pathlib.Path(__file__).resolve().parents[2]))
    path = os.environ.get("SLOBURN") or str(pathlib.Path(os.environ.get("SLOBURN_BUILD", root / "build")) / "sloburn")
    if not os.access(path, os.X_OK):
        skip(path + " is not built")
    return path


def needed(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(program + " is not installed")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def request(url, method="GET", headers=None, form=None, data=None, timeout=10):
    """(status, body as text); a status that is an error does not raise."""
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    asked = urllib.request.Request(url, method=method, headers=headers or {}, data=data)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(what, check, seconds=30):
    """Calls check() until it gives something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = check()
            if result:
                return result
        except OSError:
            pass
        if time.monotonic() > end:
            raise AssertionError("waited %d s in vain for %s" % (seconds, what))
        time.sleep(0.05)


class Process:
    """A program in the background, its output in a file. Use it in a with statement."""

    def __init__(self, args, output):
        self.output = pathlib.Path(output)
        with open(self.output, "ab") as file:
            self.popen = subprocess.Popen(args, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def text(self):
        return self.output.read_text(errors="replace")

    def wait_text(self, wanted, seconds=30):
        def there():
            assert self.popen.poll() is None, "it ended early:\n" + self.text()
            return wanted in self.text()

        wait_for(wanted, there, seconds)

    def stop(self, seconds=20):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        return self.popen.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Prometheus(Process):
    """Debian's prometheus on a folder of its own."""

    def __init__(self, folder, scrape_configs, data=None, interval="1s"):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: %s}\nscrape_configs:\n%s" % (interval, scrape_configs))
        self.url = "http://127.0.0.1:%d" % free_port()
        super().__init__(["prometheus", "--config.file=%s" % (folder / "prometheus.yml"),
                          "--storage.tsdb.path=%s" % (data or folder / "data"),
                          "--storage.tsdb.retention.time=60d",
                          "--web.listen-address=" + self.url[len("http://"):]], folder / "prometheus.log")
        wait_for("prometheus", lambda: request(self.url + "/-/ready")[0] == 200)

    def query(self, expression, at=None):
        form = {"query": expression}
        if at is not None:
            form["time"] = repr(at)
        status, body = request(self.url + "/api/v1/query", "POST", form=form, timeout=60)
        answer = json.loads(body)
        assert status == 200 and answer["status"] == "success", body
        return answer["data"]["result"]
