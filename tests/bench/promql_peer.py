"""Prometheus' side of `./run bench promql`: loads the benchmark's samples into a Prometheus of its own and measures the
CPU (user and system, of all its threads) that its server takes to answer each query.

promql_peer.py PROGRAM FOLDER [--quick]: PROGRAM is bench_promql, which knows samples and queries. Leaves the answers
in FOLDER/N.json and in FOLDER/cpu one number a line: ms for the empty query vector(1), then for each query."""

import concurrent.futures
import glob
import http.client
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import processes

BATCHES = 5
BATCH_SECONDS = 0.7


def plan_of(program, options):
    blocks, queries = 0, []
    for line in subprocess.check_output([program, "plan"] + options, text=True).splitlines():
        kind, rest = line.split(" ", 1)
        if kind == "blocks":
            blocks = int(rest)
        else:
            start, end, step, expression = rest.split(" ", 3)
            queries.append((start, end, step, expression))
    return blocks, queries


def load_block(program, options, folder, block):
    """One file a block: promtool reads its whole input once for each block it makes."""
    text = folder / ("block-%d.om" % block)
    with open(text, "wb") as file:
        subprocess.check_call([program, "block", str(block)] + options, stdout=file)
    with open(folder / "promtool.log", "ab") as log:
        subprocess.check_call(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=54h",
                               "-q", str(text), str(folder / "data")], stdout=log, stderr=log)
    text.unlink()


def cpu_seconds(pid):
    """Of all threads; Go's do not end."""
    total = 0
    for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
        try:
            with open(path) as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total / 1e9


class Client:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc, timeout=300)

    def ask(self, start, end, step, expression):
        if step == "0":
            path, form = "/api/v1/query", {"query": expression, "time": start}
        else:
            path, form = "/api/v1/query_range", {"query": expression, "start": start, "end": end, "step": step}
        self.connection.request("POST", path, urllib.parse.urlencode(form),
                                {"Content-Type": "application/x-www-form-urlencoded"})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body


def measure(client, pid, query):
    """The median over batches of ms CPU a query; a batch is long enough to hold its share of garbage collection."""
    client.ask(*query)
    before = time.monotonic()
    client.ask(*query)
    repeats = max(1, min(100, int(BATCH_SECONDS / (time.monotonic() - before))))
    batches = []
    for _ in range(BATCHES):
        before = cpu_seconds(pid)
        for _ in range(repeats):
            client.ask(*query)
        batches.append((cpu_seconds(pid) - before) / repeats * 1e3)
    return statistics.median(batches)


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    program, folder, options = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    (folder / "data").mkdir()
    blocks, queries = plan_of(program, options)
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(min(3, os.cpu_count() or 1)) as pool:
        for _ in pool.map(lambda block: load_block(program, options, folder, block), range(blocks)):
            pass
    version = subprocess.run(["prometheus", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    print(version.split(" (")[0].replace(", version", ""), "beside sloburn, same samples;", processor() + ",",
          os.cpu_count(), "processors, load", "%.1f" % os.getloadavg()[0])
    print("loaded in %.0f s" % (time.monotonic() - begun), flush=True)
    with processes.Prometheus(folder, "", data=folder / "data") as server:
        client = Client(server.url)
        pid = server.popen.pid
        instant = queries[0]
        costs = [measure(client, pid, (instant[0], instant[1], "0", "vector(1)"))]
        for i, query in enumerate(queries):
            (folder / ("%d.json" % i)).write_bytes(client.ask(*query))
            costs.append(measure(client, pid, query))
    (folder / "cpu").write_text("".join("%.6f\n" % cost for cost in costs))


main()
