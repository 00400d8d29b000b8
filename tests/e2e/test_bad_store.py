"""A store that cannot be used is refused with a line; one that cannot be written any more silences nobody."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import time
import unittest

import processes
import serving

STORE_EXIT = 6


@contextlib.contextmanager
def small_disk(folder, options):
    """A file system of its own; needs root."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        raise unittest.SkipTest("mounting a small file system needs root")
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sloburn-test", str(folder)], capture_output=True)
    if done.returncode:
        raise unittest.SkipTest("no small file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Refused(serving.Case):
    def setUp(self):
        super().setUp()
        self.config = serving.configure(self.folder)
        self.store = self.folder / "sloburn.db"

    def refused(self, *wanted):
        done = subprocess.run([serving.SLOBURN, "serve", "--config", str(self.config)], capture_output=True, text=True,
                              timeout=20)
        self.assertEqual(done.returncode, STORE_EXIT, done.stderr)
        lines = [line for line in done.stderr.splitlines() if "level=info" not in line]
        self.assertEqual(len(lines), 1, done.stderr)
        for part in wanted:
            self.assertIn(part, lines[0])

    def make_store(self):
        with serving.Serve(self.config) as serve:
            serve.wait_ready()

    def test_locked_by_another_serve(self):
        with serving.Serve(self.config) as serve:
            self.refused("in use by serve", "pid %d" % serve.popen.pid)
            self.assertEqual(serve.get("/-/healthy")[0], 200)
        self.make_store()  # the lock went with its holder

    def test_a_lock_of_a_killed_serve_holds_nobody_up(self):
        serve = self.start(serving.Serve(self.config))
        serve.kill()
        self.make_store()

    def test_not_a_store(self):
        for what, content in ("text", b"not a database, but longer than a header\n" * 100), ("noise", os.urandom(8192)):
            with self.subTest(what):
                self.store.write_bytes(content)
                self.refused("sloburn.db")
                self.assertEqual(self.store.read_bytes(), content, "it was not touched")

    def test_a_folder(self):
        self.store.mkdir()
        self.refused("sloburn.db")

    def test_a_stranger_s_database(self):
        with sqlite3.connect(self.store) as db:
            db.execute("CREATE TABLE customers(name TEXT)")
        db.close()
        self.refused("not a store of sloburn's")

    def test_newer_than_we_know(self):
        self.make_store()
        with sqlite3.connect(self.store) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
        self.refused("99", "newer")

    def test_damaged(self):
        self.make_store()
        size = self.store.stat().st_size
        with open(self.store, "r+b") as file:
            for at in range(8192, size, 16384):
                file.seek(at)
                file.write(os.urandom(4096))
        self.refused("sloburn.db")

    def test_cut_off(self):
        self.make_store()
        os.truncate(self.store, self.store.stat().st_size // 2 // 4096 * 4096)
        self.refused("sloburn.db")

    def test_a_folder_that_does_not_exist(self):
        self.config.write_text(self.config.read_text().replace("sloburn.db", "no/such/folder/sloburn.db"))
        self.refused("no/such/folder")

    def test_a_folder_that_is_read_only(self):
        disk = self.folder / "disk"
        if os.geteuid() == 0:
            self.started.enter_context(small_disk(disk, "size=1m,ro"))
        else:
            disk.mkdir(0o500)
        self.config.write_text(self.config.read_text().replace("sloburn.db", "disk/sloburn.db"))
        self.refused("disk/sloburn.db")


@contextlib.contextmanager
def nothing_can_be_written(serve):
    """As if its disk were full, to the byte: no file may grow or change beyond its first byte. (A real one would let the
    write-ahead log be reused for a while.) Its log is silent meanwhile, too."""
    limit = resource.RLIMIT_FSIZE
    resource.prlimit(serve.popen.pid, limit, (1, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(serve.popen.pid, limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class FullDisk(serving.Case):
    def fill(self, disk):
        """Takes all that is left, to the last byte."""
        ballast = disk / "ballast"
        with open(ballast, "ab", buffering=0) as file:
            for size in 65536, 4096, 1:
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass
        return ballast

    def waiting(self, serve, what, check, seconds=40):
        def checked():
            self.assertIsNone(serve.popen.poll(), serve.log())
            return check()

        return processes.wait_for(what, checked, seconds)

    def test_pages_still_go_out_and_it_recovers(self):
        sink = self.start(serving.Sink(self.folder))
        serve = self.start(serving.Serve(serving.configure(self.folder, sink.url), "--speed", "30"))
        serve.wait_ready()
        with nothing_can_be_written(serve):
            told = self.waiting(serve, "a page", lambda: sink.taken("PagerDuty", "trigger"))
            self.waiting(serve, "a message in Slack", lambda: sink.taken("Slack", "open"))
            self.assertGreater(serve.metric("sloburn_commits_failed_total"), 0)
            self.assertGreater(serve.metric("sloburn_emergency_deliveries_total"), 0)
            self.assertEqual(serve.get("/-/healthy")[0], 200)
            time.sleep(4)
            self.assertEqual(len(sink.taken("PagerDuty", "trigger")), 1, "once, however often the commit fails")

        def stored():
            incidents = serve.json("/api/v1/alerts?all=true")["incidents"]
            return [i["key"] for i in incidents if "/page/" in i["key"]]

        self.assertEqual(self.waiting(serve, "the incident in the store", stored), [told[0]["key"]])
        self.waiting(serve, "the resolve", lambda: sink.taken("PagerDuty", "resolve"), 60)
        self.waiting(serve, "the resolve in Slack", lambda: sink.taken("Slack", "resolve"))
        self.assertEqual({e["key"] for e in sink.taken("PagerDuty", "trigger")}, {told[0]["key"]})
        self.assertEqual(sink.summary()["pagerduty"]["opened_twice"], 0)
        self.assertEqual(serve.stop(), 0)

    def test_full_for_a_whole_incident(self):
        """It pages and resolves while nothing can be stored; afterwards nobody hears of it a second time."""
        sink = self.start(serving.Sink(self.folder))
        serve = self.start(serving.Serve(serving.configure(self.folder, sink.url), "--speed", "30"))
        serve.wait_ready()
        def told():
            """What each incident was told, by receiver; a tenant's ticket may come a slot before the page."""
            each = {}
            for receiver in "PagerDuty", "Slack":
                for event in sink.events(receiver):
                    each.setdefault((receiver, event["key"]), []).append(event["action"])
            return each

        def all_over():
            each = told()
            pages = [receiver for receiver, key in each if "/page/" in key]
            return sorted(pages) == ["PagerDuty", "Slack"] and all(a[-1] == "resolve" for a in each.values())

        with nothing_can_be_written(serve):
            self.waiting(serve, "the resolves", all_over, 90)
        self.waiting(serve, "the incident in the store", lambda: [
            i for i in serve.json("/api/v1/alerts?all=true")["incidents"] if i["closed_ms"]])
        time.sleep(3)
        for (receiver, key), actions in told().items():
            self.assertEqual(actions, ["trigger" if receiver == "PagerDuty" else "open", "resolve"], (receiver, key))
        self.assertEqual(serve.stop(), 0)

    def test_full_from_the_start_is_refused(self):
        disk = self.started.enter_context(small_disk(self.folder / "disk", "size=1m"))
        config = serving.configure(self.folder)
        config.write_text(config.read_text().replace("path: sloburn.db", "path: disk/sloburn.db"))
        self.fill(disk)
        done = subprocess.run([serving.SLOBURN, "serve", "--config", str(config)], capture_output=True, text=True,
                              timeout=20)
        self.assertEqual(done.returncode, STORE_EXIT, done.stderr)

    def test_damaged_while_it_is_served(self):
        """It lives on, says so, and still tells of itself."""
        config = serving.configure(self.folder)
        serve = self.start(serving.Serve(config))
        serve.wait_ready()
        store = self.folder / "sloburn.db"
        with contextlib.closing(sqlite3.connect(store)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with store.open("r+b") as file:
            for page in range(3 * 4096, store.stat().st_size, 4096):
                file.seek(page)
                file.write(b"\xaa" * 200)
        self.waiting(serve, "word of the damage", lambda: b"sloburn_store_readable 0" in self.metrics(serve))
        self.waiting(serve, "word of it in the log", lambda: "malformed" in serve.output.read_text())
        self.assertEqual(serve.get("/-/healthy")[0], 200)
        self.assertEqual(serve.stop(), 0)

    def metrics(self, serve):
        status, body = serve.get("/metrics")
        self.assertEqual(status, 200)
        return body if isinstance(body, bytes) else body.encode()


if __name__ == "__main__":
    unittest.main()
