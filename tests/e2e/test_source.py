"""The Prometheus source against a real Prometheus, and against servers that are protected, slow, broken or hostile."""

import base64
import collections
import gzip
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import processes

BUILD = pathlib.Path(os.environ.get("SLOBURN_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build"))
PROBE = str(BUILD / "sourceprobe")
if not os.access(PROBE, os.X_OK):
    processes.skip(PROBE + " is not built")

INPUT, UNREACHABLE, LIMIT = 2, 4, 5
ONE = b'{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'


def probe(folder, section, *question, timeout=60):
    """(exit code, stdout, stderr) of one question."""
    file = pathlib.Path(folder) / "source.yml"
    file.write_text(json.dumps({"prometheus": section}))
    file.chmod(0o600)
    run = subprocess.run([PROBE, str(file), *map(str, question)], capture_output=True, text=True, timeout=timeout)
    return run.returncode, run.stdout, run.stderr


def samples(output):
    """{(selector, series): [(ms, value), …]}"""
    found = {}
    for line in output.splitlines():
        selector, series, ms, value = line.split("\t")
        found.setdefault((int(selector), series), []).append((int(ms), value))
    return found


Seen = collections.namedtuple("Seen", "command path headers form")


class Server(http.server.ThreadingHTTPServer):
    """Answers what `answer(handler)` gives: (status, headers, body), or None if it has answered by itself."""

    daemon_threads = True

    def __init__(self, answer, context=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self.server.seen.append(Seen(self.command, self.path, self.headers, form))
                answered = answer(self)
                if answered is None:
                    self.close_connection = True
                    return
                status, headers, body = answered
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.scheme = "https" if context else "http"
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        pass  # clients that turn away are what is tested

    @property
    def port(self):
        return self.server_address[1]

    @property
    def url(self):
        return "%s://127.0.0.1:%d" % (self.scheme, self.port)

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class InFolder(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="sloburn-source-")
        self.folder = self.temporary.name

    def tearDown(self):
        self.temporary.cleanup()

    def expect(self, section, code, part, timeout=60):
        section.setdefault("timeout", "1s")
        got, _, error = probe(self.folder, section, "check", timeout=timeout)
        self.assertEqual(got, code, error)
        self.assertIn(part, error)
        self.assertEqual(error.count("\n"), 1, "one line: " + error)
        return error


class RealPrometheus(InFolder):
    """A target with two series, one of which goes away."""

    def test_samples_liveness_and_grid(self):
        processes.needed("prometheus")
        gone = threading.Event()
        started = time.time()

        def metrics(_):
            n = int((time.time() - started) * 10)
            text = 'q_total{code="200"} %d\nother 1\n' % n
            if not gone.is_set():
                text += 'q_total{code="500"} %d\n' % n
            return 200, {"Content-Type": "text/plain"}, text.encode()

        with Server(metrics) as target:
            scrape = "- {job_name: t, static_configs: [{targets: ['127.0.0.1:%d']}]}\n" % target.port
            with processes.Prometheus(pathlib.Path(self.folder) / "prometheus", scrape) as prometheus:
                self.section = {"url": prometheus.url}
                self.prometheus = prometheus
                processes.wait_for("eight samples", lambda: self.count('q_total{code="500"}') >= 8)
                self.check_is_told()
                self.raw_samples_are_those_of_the_server()
                gone.set()
                processes.wait_for("the series to go", lambda: not prometheus.query('q_total{code="500"}'))
                self.gone_series_are_not_alive()
                self.grid_is_that_of_the_server()

    def count(self, selector):
        result = self.prometheus.query("count_over_time(%s[5m])" % selector)
        return int(result[0]["value"][1]) if result else 0

    def ask(self, *question):
        code, output, error = probe(self.folder, self.section, *question)
        self.assertEqual((code, error), (0, ""))
        return samples(output)

    def server_matrix(self, path, **form):
        status, body = processes.request(self.section["url"] + path, "POST", form=form)
        self.assertEqual(status, 200, body)
        found = {}
        for series in json.loads(body)["data"]["result"]:
            labels = series["metric"]
            name = labels.pop("__name__")
            text = ", ".join('%s="%s"' % pair for pair in sorted(labels.items()))
            found[name + "{" + text + "}"] = [(round(float(t) * 1000), v) for t, v in series["values"]]
        return found

    def check_is_told(self):
        code, output, error = probe(self.folder, self.section, "check")
        self.assertEqual((code, error), (0, ""))
        self.assertRegex(output, r"^Prometheus \d+\.\d+\.\d+\S* at " + self.section["url"])

    def raw_samples_are_those_of_the_server(self):
        whole = self.server_matrix("/api/v1/query", query="q_total[5m]", time=time.time())
        series = next(s for s in whole if '"500"' in s)
        times = [t for t, _ in whole[series]]
        first, last = times[1], times[-2]
        found = self.ask("raw", first, last, "q_total", 'q_total{code="500"}', "other", "absent")
        inside = {s: [(t, v) for t, v in points if first < t <= last] for s, points in whole.items()}
        self.assertNotIn(first, [t for t, _ in found[(0, series)]], "the window is open on the left")
        self.assertEqual({s: points for (n, s), points in found.items() if n == 0}, inside)
        self.assertEqual(found[(1, series)], inside[series])
        self.assertEqual({n for n, _ in found}, {0, 1, 2})

    def gone_series_are_not_alive(self):
        found = self.ask("live", int(time.time() * 1000), "q_total", 'q_total{code="500"}')
        self.assertEqual([n for n, _ in found], [0])
        self.assertIn('"200"', next(iter(found))[1])

    def grid_is_that_of_the_server(self):
        time.sleep(2)  # so that the last step lies behind the marker
        last = int(time.time()) * 1000
        first = last - 12000
        grid = self.server_matrix("/api/v1/query_range", query="q_total", start=first / 1000, end=last / 1000, step=1)
        for question in "grid", "times":
            found = self.ask(question, first, last, 1000, "q_total")
            for series, points in grid.items():
                ours = found[(0, series)]
                for step in range(first, last + 1, 1000):
                    newest = [value for t, value in ours if t <= step][-1:]
                    wanted = [value for t, value in points if t == step] or ["stale"]
                    self.assertEqual(newest or ["stale"], wanted, "%s at %d, %s" % (series, step, question))
        stale = [value for (_, series), points in found.items() for _, value in points if '"500"' in series]
        self.assertEqual(stale.count("stale"), 1)


class Credentials(InFolder):
    def guarded(self, wanted):
        def answer(request):
            if request.headers.get("Authorization") != wanted:
                return 401, {}, b"Unauthorized"
            return 200, {}, ONE

        return Server(answer)

    def secret(self, text):
        path = pathlib.Path(self.folder) / "secret"
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def check(self, section):
        code, output, error = probe(self.folder, section, "check")
        self.assertEqual((code, error), (0, ""))
        return output

    def test_basic_authentication(self):
        wanted = "Basic " + base64.b64encode("me:pä:ss".encode()).decode()
        with self.guarded(wanted) as server:
            self.check({"url": server.url, "basic_auth": {"username": "me", "password": "pä:ss"}})
            self.check({"url": server.url, "basic_auth": {"username": "me", "password_file": self.secret("pä:ss\n")}})
            error = self.expect({"url": server.url, "basic_auth": {"username": "me", "password": "wr0ng"}}, INPUT,
                                "http 401 Unauthorized")
            self.assertNotIn("wr0ng", error)
            self.check({"url": server.url.replace("//", "//me:p%C3%A4:ss@")})

    def test_bearer_token_in_a_file_is_rotated(self):
        with self.guarded("Bearer one") as server:
            section = {"url": server.url, "bearer_token_file": self.secret("one\n")}
            self.check(section)
            self.secret("two")
            self.expect(section, INPUT, "http 401")

    def test_headers_and_path(self):
        with Server(lambda request: (200, {}, ONE)) as server:
            self.check({"url": server.url + "/prometheus/", "headers": {"X-Scope-OrgID": "team|other"}})
            self.assertEqual(server.seen[0].path, "/prometheus/api/v1/query")
            self.assertEqual(server.seen[0].headers["X-Scope-OrgID"], "team|other")
            self.assertEqual(server.seen[0].command, "POST")
            self.assertIn("query=1", server.seen[0].form)
            self.check({"url": server.url, "method": "GET"})
            self.assertEqual(server.seen[-2].command, "GET")

    def test_proxy(self):
        with Server(lambda request: (200, {}, ONE)) as proxy:
            self.check({"url": "http://prometheus.invalid:9090", "proxy_url": proxy.url})
            self.assertEqual(proxy.seen[0].path, "http://prometheus.invalid:9090/api/v1/query")


class Tls(InFolder):
    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)

    def certificate(self, name, extension):
        (pathlib.Path(self.folder) / (name + ".ext")).write_text(extension)
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj",
                     "/CN=" + name)
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-days", "2", "-extfile", name + ".ext", "-out", name + ".pem")

    def path(self, name):
        return str(pathlib.Path(self.folder) / name)

    def test_authority_client_certificate_and_name(self):
        processes.needed("openssl")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days",
                     "2", "-subj", "/CN=authority")
        self.certificate("server", "subjectAltName=IP:127.0.0.1,DNS:metrics.example")
        self.certificate("named", "subjectAltName=DNS:metrics.example")
        self.certificate("client", "extendedKeyUsage=clientAuth")
        client = {"cert_file": self.path("client.pem"), "key_file": self.path("client.key")}
        ca = {"ca_file": self.path("ca.pem")}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.pem"), self.path("server.key"))
        context.load_verify_locations(self.path("ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        with Server(lambda request: (200, {}, ONE), context) as server:
            code, _, error = probe(self.folder, {"url": server.url, "tls": {**ca, **client}}, "check")
            self.assertEqual((code, error), (0, ""))
            self.expect({"url": server.url, "tls": client}, UNREACHABLE, "SSL certificate problem")
            self.expect({"url": server.url, "tls": ca}, UNREACHABLE, server.url)
            self.expect({"url": server.url, "tls": {**ca, "cert_file": self.path("ca.key"),
                                                    "key_file": self.path("ca.key")}}, INPUT, server.url)
            self.expect({"url": server.url, "tls": {"ca_file": self.path("none.pem")}}, INPUT, "none.pem")

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("named.pem"), self.path("named.key"))
        with Server(lambda request: (200, {}, ONE), context) as server:
            self.expect({"url": server.url, "tls": ca}, UNREACHABLE, "127.0.0.1")
            section = {"url": server.url, "tls": {**ca, "server_name": "metrics.example"}}
            code, _, error = probe(self.folder, section, "check")
            self.assertEqual((code, error), (0, ""))
            self.assertEqual(server.seen[-1].headers["Host"], "127.0.0.1:%d" % server.port)
            section = {"url": server.url, "tls": {"insecure_skip_verify": True}}
            code, _, error = probe(self.folder, section, "check")
            self.assertEqual((code, error), (0, ""))


class Broken(InFolder):
    def broken(self, answer, code, part, **section):
        with Server(answer) as server:
            error = self.expect({"url": server.url, **section}, code, part)
            self.assertTrue(error.startswith(server.url), error)
            return server.seen

    def test_html(self):
        self.broken(lambda request: (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html>\n<title>Sign in</title>"),
                    INPUT, "is not JSON: it begins with <!DOCTYPE html> <title>Sign in</title>")

    def test_half_a_json(self):
        self.broken(lambda request: (200, {}, ONE[:-20]), INPUT, "breaks off after %d bytes" % (len(ONE) - 20))

    def test_half_an_answer(self):
        def answer(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + ONE)

        self.broken(answer, UNREACHABLE, "127.0.0.1")

    def test_500_megabytes_announced(self):
        def answer(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n{")
            time.sleep(1)

        self.broken(answer, LIMIT, "larger than 268435456 bytes")

    def test_500_megabytes_unannounced(self):
        def answer(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ONE[:-1])
            for _ in range(500):
                request.wfile.write(b" " * 1000000)

        self.broken(answer, LIMIT, "larger than 268435456 bytes", timeout="20s")

    def test_a_bomb_is_counted_unpacked(self):
        bomb = gzip.compress(b" " * 300000000, 1)
        self.broken(lambda request: (200, {"Content-Encoding": "gzip"}, bomb), LIMIT, "larger than", timeout="20s")

    def test_gzip_that_nobody_asked_for(self):
        with Server(lambda request: (200, {"Content-Encoding": "gzip"}, gzip.compress(ONE))) as server:
            code, _, error = probe(self.folder, {"url": server.url}, "check")
            self.assertEqual((code, error), (0, ""))
            self.assertEqual(server.seen[0].headers["Accept-Encoding"], "identity")

    def test_nothing(self):
        def answer(request):
            time.sleep(2)

        before = time.monotonic()
        self.broken(answer, UNREACHABLE, "no whole answer within 1 s")
        self.assertLess(time.monotonic() - before, 5)

    def test_a_trickle(self):
        def answer(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(40):
                request.wfile.write(b" ")
                time.sleep(0.05)

        self.broken(answer, UNREACHABLE, "no whole answer within 1 s")

    def test_nobody_there(self):
        self.expect({"url": "http://127.0.0.1:%d" % processes.free_port()}, UNREACHABLE, "connect")

    def test_a_full_backlog(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            self.expect({"url": "http://127.0.0.1:%d" % silent.getsockname()[1]}, UNREACHABLE, "within 1 s")

    def test_an_unknown_host(self):
        self.expect({"url": "http://prometheus.invalid:9090"}, UNREACHABLE, "resolve host")

    def test_statuses(self):
        for status, code, words in (400, INPUT, "Bad Request"), (403, INPUT, "Forbidden"), (404, INPUT, "Not Found"):
            seen = self.broken(lambda request: (status, {}, b"no"), code, "http %d %s: no" % (status, words))
            self.assertEqual(len(seen), 1, "a refusal is not repeated")
        seen = self.broken(lambda request: (503, {}, b"starting"), UNREACHABLE, "http 503 Service Unavailable: starting")
        self.assertGreater(len(seen), 1)
        self.broken(lambda request: (429, {"Retry-After": "3600"}, b""), UNREACHABLE, "http 429 Too Many Requests")
        self.broken(lambda request: (302, {"Location": "https://sso.example/?state=s3cret"}, b""), INPUT,
                    "redirect (302) to https://sso.example/, which is not followed")

    def test_recovery_is_waited_for(self):
        for status, headers in (429, {"Retry-After": "1"}), (503, {}):
            def answer(request):
                return (status, headers, b"") if len(request.server.seen) == 1 else (200, {}, ONE)

            with Server(answer) as server:
                before = time.monotonic()
                code, _, error = probe(self.folder, {"url": server.url, "timeout": "10s"}, "check")
                self.assertEqual((code, error), (0, ""))
                self.assertGreater(time.monotonic() - before, 1 if status == 429 else 0.1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
