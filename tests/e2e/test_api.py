"""What serve answers over HTTP: the API, metrics, health, tokens, the Host check, and the page in a real browser."""

import json
import os
import re
import shutil
import socket
import subprocess
import unittest

import processes
import serving

TOKEN = "a-token-of-more-than-sixteen-characters"
OBJECTIVES = {"availability", "latency", "cost", "faithfulness"}
TENANTS = {"", "acme", "globex", "initech"}


def bearer(token):
    return {"Authorization": "Bearer " + token}


class Open(serving.Case):
    """Without tokens, on loopback; after its incident has paged."""

    @classmethod
    def setUpClass(cls):
        cls.once = serving.Case()
        cls.once.setUp()
        cls.addClassCleanup(cls.once.doCleanups)
        cls.sink = cls.once.start(serving.Sink(cls.once.folder))
        config = serving.configure(cls.once.folder, cls.sink.url)
        cls.serve = cls.once.start(serving.Serve(config, "--speed", "30"))
        cls.serve.wait_ready()
        processes.wait_for("a page", lambda: cls.sink.taken("PagerDuty", "trigger"))

    def test_slos(self):
        slos = self.serve.json("/api/v1/slos")["slos"]
        self.assertEqual({(s["name"], s["labels"].get("tenant", "")) for s in slos},
                         {(name, tenant) for name in OBJECTIVES for tenant in TENANTS})
        for slo in slos:
            self.assertEqual(slo["id"], "test/rag-api/" + slo["name"])
            self.assertEqual(slo["health"], "seen")
            self.assertTrue(slo["windows"])
        only = self.serve.json("/api/v1/slos?id=rag-api/cost")["slos"]
        self.assertEqual({s["name"] for s in only}, {"cost"})

    def test_ledger(self):
        for path, groups in ("?id=rag-api/cost", 4), ("?id=test/rag-api/cost&rollup=true", 1), ("?owner=rag-team", 16):
            document = self.serve.json("/api/v1/ledger" + path)
            self.assertEqual(len(document["slos"]), groups, path)
        whole, *parts = self.serve.json("/api/v1/ledger?id=rag-api/availability&window=7d")["slos"]
        for what in "units", "spent":
            self.assertEqual(whole["window"][what], sum(p["window"][what] for p in parts),
                             "what is overall is the sum of the tenants")
        self.assertGreater(whole["window"]["units"], 1000000)

    def test_alerts(self):
        incidents = self.serve.json("/api/v1/alerts?all=true")["incidents"]
        pages = [i for i in incidents if "/availability/page/" in i["key"]]
        self.assertEqual(len(pages), 1)
        self.assertEqual(pages[0]["key"], self.sink.taken("PagerDuty", "trigger")[0]["key"])

    def test_bad_questions(self):
        for path, status in (("/api/v1/ledger?id=nobody/nothing", 404), ("/api/v1/ledger?window=soon", 400),
                             ("/api/v1/ledger?at=yesterday", 400), ("/api/v1/ledger?before=-1", 400),
                             ("/api/v1/nothing", 404), ("/slo/nothing", 404), ("/" + "x" * 5000, 404),
                             ("/api/v1/ledger?id=" + "%00" * 100, 404), ("/..%2f..%2fetc/passwd", 404)):
            got, body = self.serve.get(path)
            self.assertIn(got, (status, 400, 404, 414), path + body)
            self.assertGreaterEqual(got, 400)
            if path.startswith("/api/v1/ledger"):
                self.assertTrue(json.loads(body)["error"], path)
        for method in "POST", "PUT", "DELETE":
            self.assertEqual(self.serve.get("/api/v1/slos", method=method)[0], 405)
        self.assertEqual(self.serve.get("/-/healthy")[0], 200)

    def test_garbage_on_the_wire(self):
        port = int(self.serve.url.rsplit(":", 1)[1])
        for garbage in b"\x00" * 1000, b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 100000, os.urandom(4096), b"GET / HT":
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(garbage)
        self.assertEqual(self.serve.get("/-/healthy")[0], 200)

    def test_a_crowd_that_says_nothing_holds_nobody_up(self):
        port = int(self.serve.url.rsplit(":", 1)[1])
        crowd = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(20)]
        try:
            self.assertEqual(self.serve.get("/-/healthy", timeout=5)[0], 200)
        finally:
            for connection in crowd:
                connection.close()

    def test_metrics_are_well_formed(self):
        status, body = self.serve.get("/metrics")
        self.assertEqual(status, 200)
        self.assertIn("sloburn_evaluations_total", body)
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_health(self):
        self.assertEqual(self.serve.get("/-/healthy"), (200, "sloburn is alive\n"))
        self.assertEqual(self.serve.get("/-/ready"), (200, "sloburn is ready\n"))

    def test_other_hosts_are_refused(self):
        for host, status in (("evil.test", 403), ("localhost", 200), ("127.0.0.1", 200), ("127.0.0.1.evil.test", 403)):
            self.assertEqual(self.serve.get("/api/v1/slos", headers={"Host": host})[0], status, host)

    def test_the_page_in_a_browser(self):
        browser = shutil.which("chromium") or shutil.which("chromium-headless-shell")
        if not browser:
            self.skipTest("chromium is not installed")
        slo = self.serve.url + "/slo/test/rag-api/availability"
        for url in self.serve.url + "/", slo:
            for name, size, more in (("light", "1280,1000", ()), ("dark", "1280,1000", ("--force-dark-mode",)),
                                     ("narrow", "500,900", ())):
                shot = self.folder / (name + ".png")
                done = subprocess.run(
                    [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                     "--user-data-dir=%s" % (self.folder / "profile"), "--window-size=" + size,
                     "--screenshot=%s" % shot, *more, url], capture_output=True, text=True, timeout=60)
                self.assertNotRegex(done.stderr, r"CONSOLE|ERR_|Refused to", url)
                self.assertGreater(shot.stat().st_size, 10000, "something is drawn")
        text = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
                               "--user-data-dir=%s" % (self.folder / "profile"), self.serve.url + "/"],
                              capture_output=True, text=True, timeout=60).stdout
        for name in OBJECTIVES:
            self.assertIn(name, text)
        self.assertIn("P1", text)

    def test_the_page_carries_no_script_and_forbids_it(self):
        opened = processes.urllib.request.urlopen(self.serve.url + "/", timeout=10)
        with opened as answer:
            policy, body = answer.headers["Content-Security-Policy"], answer.read().decode()
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("<script", body)
        self.assertNotRegex(body, r'(src|href)="(https?:)?//', "nothing is loaded from elsewhere")


class Tokens(serving.Case):
    def configure(self, listen="127.0.0.1:0", token=TOKEN):
        (self.folder / "token").write_text(token + "\n")
        (self.folder / "token").chmod(0o600)
        config = serving.configure(self.folder)
        config.write_text(re.sub(r"^server: .*$", 'server: {listen: "%s", tokens: [{name: ci, token_file: token}]}'
                                 % listen, config.read_text(), flags=re.M))
        return config

    def test_everything_but_health_wants_one(self):
        serve = self.start(serving.Serve(self.configure()))
        serve.wait_ready()
        for path in "/", "/api/v1/slos", "/api/v1/ledger", "/api/v1/alerts", "/metrics", "/slo/test/rag-api/cost", "/x":
            self.assertEqual(serve.get(path)[0], 401, path)
            for wrong in bearer("wrong"), bearer(TOKEN + "x"), bearer(""), {"Authorization": "Basic " + TOKEN}:
                self.assertEqual(serve.get(path, headers=wrong)[0], 401, path)
            self.assertIn(serve.get(path, headers=bearer(TOKEN))[0], (200, 404), path)
        for path in "/-/healthy", "/-/ready":
            self.assertEqual(serve.get(path)[0], 200)
        self.assertNotIn(TOKEN, serve.log())

    def test_beyond_loopback_only_with_tokens(self):
        config = serving.configure(self.folder)
        config.write_text(config.read_text().replace("127.0.0.1:0", "0.0.0.0:0"))
        done = subprocess.run([serving.SLOBURN, "serve", "--config", str(config)], capture_output=True, text=True,
                              timeout=20)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("token", done.stderr)
        done = subprocess.run([serving.SLOBURN, "serve", "--config", str(config), "--listen", "[::]:0"],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2, done.stderr)
        serve = self.start(serving.Serve(self.configure("0.0.0.0:0")))
        self.assertEqual(serve.get("/-/healthy")[0], 200)
        self.assertEqual(serve.get("/api/v1/slos")[0], 401)
        self.assertEqual(serve.stop(), 0)

    def test_an_address_in_use_is_one_line(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = subprocess.run([serving.SLOBURN, "serve", "--config", str(serving.configure(self.folder)), "--listen",
                                   "127.0.0.1:%d" % taken.getsockname()[1]], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
