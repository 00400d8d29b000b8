"""Corrections over the API and at the prompt: who may change what, and what it changes."""

import json
import re
import sqlite3
import subprocess
import unittest

import processes
import serving

READER = "a-token-that-may-only-read"
CORRECTOR = "a-token-that-may-correct-too"
PATH = "/api/v1/corrections"
EXCLUSION = {"slo": "rag-api/availability", "kind": "exclusion", "reason": "a load test"}


class Corrections(serving.Case):
    def configure(self, tokens=True):
        config = serving.configure(self.folder)
        for name, token in ("reader", READER), ("mina", CORRECTOR):
            (self.folder / name).write_text(token + "\n")
            (self.folder / name).chmod(0o600)
        named = ("tokens: [{name: grafana, token_file: reader}, {name: mina, token_file: mina, roles: [read, correct]}]"
                 if tokens else "external_url: 'http://slo.example'")
        config.write_text(re.sub(r"^server: .*$", 'server: {listen: "127.0.0.1:0", %s}' % named, config.read_text(),
                                 flags=re.M))
        return config

    def send(self, method, path, body, token=CORRECTOR, **headers):
        headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = "Bearer " + token
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, answer = processes.request(self.serve.url + path, method, headers=headers, data=content)
        return status, json.loads(answer) if answer.startswith("{") else {"error": answer}

    def command(self, *arguments):
        return subprocess.run([serving.SLOBURN, "correct", *arguments], capture_output=True, text=True, timeout=30)

    def units(self):
        path = "/api/v1/ledger?id=rag-api/availability&rollup=true"
        return self.serve.json(path, headers={"Authorization": "Bearer " + READER})["slos"][0]["window"]["units"]

    def hours_ago(self, hours):
        now_ms = self.serve.json("/api/v1/slos", headers={"Authorization": "Bearer " + READER})["now_ms"]
        return str(now_ms / 1000 - hours * 3600)

    def test_a_correction_from_the_api_to_the_ledger_and_back(self):
        self.serve = self.start(serving.Serve(self.configure()))
        self.serve.wait_ready()
        body = {**EXCLUSION, "from": self.hours_ago(5), "to": self.hours_ago(3)}

        self.assertEqual(self.send("POST", PATH, body, token=None)[0], 401)
        status, answer = self.send("POST", PATH, body, token=READER)
        self.assertEqual(status, 403)
        self.assertIn("role correct", answer["error"])
        self.assertEqual(self.send("POST", PATH, body, Origin="http://elsewhere.example")[0], 403)
        for wrong in ({**body, "approver": "mina"}, {**body, "reason": ""}, {**body, "kind": "holiday"},
                      {**body, "until": "tomorrow"}, {**body, "to": 5}, {**body, "from": self.hours_ago(24 * 9)}, [],
                      b"{", b"", {**EXCLUSION, "every": "sat 25:00-26:00"}):
            status, answer = self.send("POST", PATH, wrong)
            self.assertEqual(status, 400, "%s: %s" % (wrong, answer))
            self.assertTrue(answer["error"])
        self.assertEqual(self.send("POST", PATH, {**body, "slo": "rag-api/nothing"})[0], 404)

        before = self.units()
        status, answer = self.send("POST", PATH, body)
        self.assertEqual(status, 201, answer)
        self.assertLess(self.units(), before)
        report = subprocess.run([serving.SLOBURN, "report", "--slo", "rag-api/availability", "--format", "markdown",
                                 "--server", self.serve.url, "--token-file", str(self.folder / "reader")],
                                capture_output=True, text=True, timeout=30)
        self.assertRegex(report.stdout, r"- Without corrections: [\d.]+ %, .* of [\d,]+ quer", report.stderr)
        self.assertRegex(report.stdout, r"\| exclusion \| \S+ \S+ UTC to \S+ \S+ UTC \| a load test \| mina \|")
        listed = json.loads(self.serve.get(PATH + "?all=true", headers={"Authorization": "Bearer " + READER})[1])
        self.assertEqual([(c["id"], c["author"], c["reason"]) for c in listed["corrections"]],
                         [(answer["id"], "mina", "a load test")])

        self.assertEqual(self.send("DELETE", "%s/%d" % (PATH, answer["id"] + 1), {"reason": "x"})[0], 404)
        self.assertEqual(self.send("DELETE", PATH + "/x", {"reason": "x"})[0], 404)
        self.assertEqual(self.send("DELETE", "%s/%d" % (PATH, answer["id"]), {})[0], 400)
        done = self.command("revoke", str(answer["id"]), "--reason", "a mistake", "--server", self.serve.url,
                            "--token-file", str(self.folder / "mina"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreaterEqual(self.units(), before)
        self.assertEqual(self.send("DELETE", "%s/%d" % (PATH, answer["id"]), {"reason": "again"})[0], 400)

    def test_without_tokens_nothing_can_be_changed_over_the_api(self):
        self.serve = self.start(serving.Serve(self.configure(tokens=False)))
        self.serve.wait_ready()
        status, answer = self.send("POST", PATH, EXCLUSION, token=None)
        self.assertEqual(status, 403)
        self.assertIn("server.tokens", answer["error"])
        self.assertEqual(self.serve.get(PATH)[0], 200)

    def test_as_many_as_there_can_be_is_a_conflict_and_no_failure(self):
        config = self.configure()
        self.serve = self.start(serving.Serve(config))
        self.serve.wait_ready()
        self.assertEqual(self.serve.stop(), 0)
        with sqlite3.connect(next(self.folder.glob("**/*.db"))) as store:
            store.executemany("INSERT INTO correction(selector, from_ms, to_ms, recurrence, zone, kind, reason, author,"
                              " approver, made_ms, revoked_ms, revoked_by, revoked_why)"
                              " VALUES('slo:test/x/y', ?, ?, '', '', 'exclusion', 'many', 'mina', '', 1, 0, '', '')",
                              [(60000 * i, 60000 * i + 60000) for i in range(10000)])
            store.execute("INSERT OR REPLACE INTO meta(name, value) VALUES('corrections_change', 10000)")
        self.serve = self.start(serving.Serve(config))
        self.serve.wait_ready()
        body = {**EXCLUSION, "from": self.hours_ago(5), "to": self.hours_ago(3)}
        status, answer = self.send("POST", PATH, body)
        self.assertEqual(status, 409, answer)
        self.assertEqual(answer["kind"], "limit")
        self.assertIn("10000 corrections", answer["error"])
        self.assertEqual(self.send("DELETE", PATH + "/10000", {"reason": "one too many"})[0], 200)
        self.assertEqual(self.send("POST", PATH, body)[0], 201)

    def test_the_command_writes_while_no_serve_runs(self):
        config = self.configure()
        self.serve = self.start(serving.Serve(config))
        self.serve.wait_ready()
        add = ("add", "--config", str(config), "--service", "rag-api", "--every", "sat 02:00-04:00", "--zone",
               "Asia/Seoul", "--reason", "index rebuild", "--author", "joon")
        done = self.command(*add)
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("--server URL", done.stderr)
        self.assertEqual(self.serve.stop(), 0)

        done = self.command(*add)
        self.assertEqual((done.returncode, done.stdout), (0, "correction 1 is in force\n"), done.stderr)
        done = self.command("list", "--config", str(config))
        self.assertIn("maintenance  service:test/rag-api", done.stdout)
        self.assertIn("sat 02:00-04:00 Asia/Seoul", done.stdout)
        done = self.command("list", "--config", str(config), "--format", "json")
        self.assertEqual(json.loads(done.stdout)["corrections"][0]["author"], "joon")
        done = self.command("revoke", "1", "--config", str(config), "--reason", "done")
        self.assertEqual((done.returncode, done.stdout), (0, "correction 1 is revoked\n"), done.stderr)
        self.assertIn("there are no corrections", self.command("list", "--config", str(config)).stdout)
        for wrong in (), ("add", "5"), ("revoke",), ("revoke", "x"), ("forget", "1"), ("list", "--format", "xml"):
            self.assertEqual(self.command(*wrong).returncode, 2, wrong)


if __name__ == "__main__":
    unittest.main()
