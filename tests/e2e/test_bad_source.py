"""A Prometheus that is not there, or answers nonsense: serve says one clear line an attempt, keeps its state and its
page, and counts on without a gap when it is back."""

import http.server
import json
import pathlib
import re
import threading
import time
import unittest
import urllib.parse

import processes
import serving

STEP = 15
HISTORY = 2 * 3600
INSTANCES = ("rag-1:8080", "rag-2:8080")
# name and labels of a series: how much it grows a scrape
COUNTERS = {
    ("rag_queries_total", (("code", "200"),)): 100,
    ("rag_queries_total", (("code", "500"),)): 1,
    ("rag_query_duration_seconds_bucket", (("code", "200"), ("le", "4"))): 99,
    ("rag_query_duration_seconds_bucket", (("code", "200"), ("le", "+Inf"))): 100,
    ("rag_query_duration_seconds_count", (("code", "200"),)): 100,
    ("rag_cost_krw_total", ()): 800,
    ("rag_faithfulness_score_sum", ()): 95,
    ("rag_faithfulness_score_count", ()): 100,
}
HUGE = 500 << 20


class FakePrometheus(http.server.ThreadingHTTPServer):
    """Answers metric[range] for two instances that grow steadily; or, by `mode`, something else."""

    daemon_threads = True

    def __init__(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                fake.requests += 1
                getattr(fake, "answer_" + fake.mode)(self, dict(urllib.parse.parse_qsl(body)))

            do_GET = do_POST

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server_port
        self.begin = int(time.time()) // STEP * STEP - HISTORY
        self.mode = "samples"
        self.requests = 0
        self.released = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        pass  # clients that turn away are what is tested

    def __exit__(self, *_):
        self.released.set()
        self.shutdown()
        self.server_close()

    @staticmethod
    def send(handler, body, content_type="application/json", status=200, length=None):
        head = "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
            status, content_type, len(body) if length is None else length)
        handler.wfile.write(head.encode() + body)

    def series(self, query):
        """The matrix of metric[range]; selectors are not looked at closer, the asker does that again."""
        at = float(query["time"])
        seconds = int(re.search(r"\[(\d+)ms\]$", query["query"]).group(1)) / 1000
        first = max(self.begin, (at - seconds) // STEP * STEP + STEP)
        times = [first + i * STEP for i in range(int(max(0, (at - first) // STEP + 1)))]
        found = []
        for instance in INSTANCES if times else ():
            labels = {"job": "rag-api", "instance": instance}
            for (name, more), growth in COUNTERS.items():
                if name in query["query"]:
                    found.append((dict(labels, __name__=name, tenant="acme", **dict(more)),
                                  [(t, growth * ((t - self.begin) // STEP)) for t in times]))
            for name, value in (("up", 1), ("process_start_time_seconds", self.begin - 9)):
                if re.search(r'\b%s\b' % name, query["query"]):
                    found.append((dict(labels, __name__=name), [(t, value) for t in times]))
        return [{"metric": m, "values": [[t, "%d" % v] for t, v in values]} for m, values in found]

    def answer_samples(self, handler, query):
        self.send(handler, json.dumps({"status": "success", "data": {
            "resultType": "matrix", "result": self.series(query)}}).encode())

    def answer_html(self, handler, _):
        self.send(handler, b"<html><body>Please log in</body></html>", "text/html")

    def answer_half(self, handler, query):
        self.send(handler, b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__na')

    def answer_cut(self, handler, _):
        self.send(handler, b'{"status":"succ', length=10000)
        handler.close_connection = True

    def answer_announced(self, handler, _):
        self.send(handler, b"{", length=HUGE)
        handler.close_connection = True

    def answer_huge(self, handler, _):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                            b'{"status":"success","data":{"resultType":"matrix","result":[')
        for _ in range(HUGE >> 20):
            handler.wfile.write(b" " * (1 << 20))
        handler.close_connection = True

    def answer_nothing(self, handler, _):
        self.released.wait(30)
        handler.close_connection = True

    def answer_drop(self, handler, _):
        handler.close_connection = True

    def answer_error(self, handler, _):
        self.send(handler, b'{"status":"error","errorType":"internal","error":"disk on fire"}', status=500)

    def answer_refusal(self, handler, _):
        self.send(handler, b'{"status":"error","errorType":"bad_data","error":"no such thing"}', status=400)

    def answer_wrong(self, handler, _):
        self.send(handler, b'{"status":"success","data":{"resultType":"matrix","result":{"a":[1]}}}')

    def answer_deep(self, handler, _):
        self.send(handler, b"[" * 1000000)


MODES = ("html", "half", "cut", "announced", "huge", "nothing", "drop", "error", "refusal", "wrong", "deep")


class Case(serving.Case):
    def setUp(self):
        super().setUp()
        self.fake = self.started.enter_context(FakePrometheus())

    def serve(self, url=None, wait_ready=True):
        source = "{prometheus: {url: '%s', timeout: 1s}}" % (url or self.fake.url)
        config = serving.configure(self.folder, source=source, interval="1s")
        serve = self.start(serving.Serve(config))
        if wait_ready:
            serve.wait_ready()
        return serve

    @staticmethod
    def availability(serve):
        """The roll-up's sums of 30 days."""
        document = serve.json("/api/v1/ledger?id=rag-api/availability&rollup=true")
        return document["slos"][0]

    def all_units(self, serve):
        """(queries, failed) counted so far, and the moment up to which."""
        text = json.dumps(self.availability(serve))
        units, spent = (int(re.search(r'"%s": ?(\d+)' % name, text).group(1)) for name in ("units", "spent"))
        return units, spent

    def health(self, serve):
        return {s["name"]: s["health"] for s in serve.json("/api/v1/slos")["slos"]}

    def counted_exactly(self, serve):
        """Every scrape since the first is counted, none twice: waited for, since the newest come by the second."""
        def exact():
            units, spent = self.all_units(serve)
            scrapes = units // (101 * len(INSTANCES))
            now = (time.time() - self.fake.begin) // STEP
            return units == scrapes * 101 * len(INSTANCES) and spent == scrapes * len(INSTANCES) and now - scrapes <= 1

        processes.wait_for("exact sums", exact, 30)


class Later(Case):
    """It was there, and then something happens to it."""

    def test_nonsense_is_told_and_outlived(self):
        serve = self.serve()
        self.counted_exactly(serve)
        for mode in MODES:
            with self.subTest(mode):
                before, failed = len(serve.log()), serve.metric("sloburn_evaluations_failed_total")
                self.fake.mode = mode
                processes.wait_for("a failed evaluation", lambda: serve.metric(
                    "sloburn_evaluations_failed_total") > failed, 30)
                processes.wait_for("it to be blind", lambda: "blind" in self.health(serve).values(), 30)
                self.assertGreater(self.all_units(serve)[0], 0, "what was counted stays")
                self.assertEqual(serve.get("/-/healthy")[0], 200)
                self.assertEqual(serve.get("/")[0], 200)
                self.fake.mode = "samples"
                processes.wait_for("recovery", lambda: set(self.health(serve).values()) == {"seen"}, 30)
                self.judge_lines(serve.log()[before:], mode)
        self.counted_exactly(serve)
        self.assertEqual(serve.stop(), 0)

    def judge_lines(self, log, mode):
        lines = [line for line in log.splitlines() if "level=warn" in line or "level=error" in line]
        self.assertTrue(lines, mode + ": nothing was said")
        self.assertTrue(any(self.fake.url in line for line in lines), lines)
        for line in lines:
            self.assertLess(len(line), 1000, line)

    def test_memory_stays_bounded(self):
        if b"__asan_init" in pathlib.Path(serving.SLOBURN).read_bytes():
            self.skipTest("a sanitizer keeps what is freed")
        serve = self.serve()
        self.fake.mode = "huge"
        failed = serve.metric("sloburn_evaluations_failed_total")
        processes.wait_for("failed evaluations", lambda: serve.metric(
            "sloburn_evaluations_failed_total") > failed + 1, 60)
        status = pathlib.Path("/proc/%d/status" % serve.popen.pid).read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+)", status).group(1))
        self.assertLess(peak, 400 << 10, "kB of memory after answers of 500 MB")

    def test_it_ends_while_a_request_hangs(self):
        source = "{prometheus: {url: '%s', timeout: 60s}}" % self.fake.url
        serve = self.start(serving.Serve(serving.configure(self.folder, source=source, interval="1s")))
        serve.wait_ready()
        self.fake.mode = "nothing"
        before = self.fake.requests
        processes.wait_for("a request that hangs", lambda: self.fake.requests > before)
        time.sleep(0.2)
        begun = time.monotonic()
        self.assertEqual(serve.stop(), 0)
        self.assertLess(time.monotonic() - begun, 2)

    def test_a_pause_is_counted_afterwards(self):
        """It goes on scraping while we cannot ask it: what it has is fetched later, nothing is lost."""
        serve = self.serve()
        self.fake.mode = "drop"
        time.sleep(STEP + 3)
        self.fake.mode = "samples"
        self.counted_exactly(serve)


class AtStart(Case):
    def test_unreachable_then_there(self):
        port = processes.free_port()
        serve = self.serve("http://127.0.0.1:%d" % port, wait_ready=False)
        serve.wait_log("history cannot be read.*127.0.0.1:%d" % port)
        self.assertEqual(serve.get("/-/ready")[0], 503)
        self.assertEqual(serve.get("/-/healthy")[0], 200)
        self.assertEqual(serve.get("/")[0], 200)
        self.assertEqual(serve.stop(), 0)
        serve = self.serve()
        self.counted_exactly(serve)

    def test_nonsense_then_sense(self):
        self.fake.mode = "html"
        serve = self.serve(wait_ready=False)
        serve.wait_log("history cannot be read")
        self.fake.mode = "samples"
        serve.wait_ready()
        self.counted_exactly(serve)

    def test_a_stop_while_it_hangs(self):
        self.fake.mode = "nothing"
        serve = self.serve(wait_ready=False)
        processes.wait_for("a request", lambda: self.fake.requests > 0)
        begun = time.monotonic()
        self.assertEqual(serve.stop(), 0)
        self.assertLess(time.monotonic() - begun, 2)


if __name__ == "__main__":
    unittest.main()
