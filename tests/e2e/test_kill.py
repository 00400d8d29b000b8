"""`kill -9` of serve at random moments of an incident: nobody is told twice, nobody is left out.

One run: serve at --speed 30 on the simulated service, whose incident begins 20 s after the first live evaluation and
whose page resolves by itself about 17 minutes later, 35 s of ours. Meanwhile serve is killed one to four times, at a
random moment or just as the sink has taken a message and before its answer arrives, and started again. Then the sink's
record is compared with the incidents in the store.

$SLOBURN_SEED repeats the moments; $SLOBURN_RUNS the number of runs (2; SLOBURN_TEST_MODE=long: 50)."""

import collections
import concurrent.futures
import os
import pathlib
import random
import sqlite3
import time
import unittest

import processes
import serving

SPEED = "30"
AT_ONCE = 6
RUNS = int(os.environ.get("SLOBURN_RUNS", 50 if serving.LONG else 2))
SEED = int(os.environ.get("SLOBURN_SEED", random.SystemRandom().randrange(1 << 32)))
INCIDENT_SECONDS = 34  # of ours, from the first live evaluation to about the resolve
PATIENCE_SECONDS = 150
FAULTS = ("429", "500", "hang", "drop", "mixed")


def store_rows(folder, query):
    """Rows of the store, which serve may be writing."""
    with sqlite3.connect("file:%s?mode=ro" % (folder / "sloburn.db"), uri=True, timeout=10) as db:
        rows = db.execute(query).fetchall()
    db.close()
    return rows


class Run:
    """One incident with its kills."""

    def __init__(self, folder, number, fault=None):
        self.folder = pathlib.Path(folder) / ("%s-%d" % (fault or "run", number))
        self.folder.mkdir()
        self.random = random.Random("%d %d %s" % (SEED, number, fault))
        self.fault = fault
        self.name = "run %d of seed %d%s" % (number, SEED, ", receivers answer " + fault if fault else "")
        self.kills = []

    def go(self):
        options = ("--seed", str(self.random.randrange(1 << 30))) if self.fault == "mixed" else ()
        with serving.Sink(self.folder, *options) as sink:
            self.config = serving.configure(self.folder, sink.url,
                                            "{simulate: {seed: %d}}" % self.random.randrange(1, 1000))
            self.live_through(sink)
            return self.problems(sink)

    def live_through(self, sink):
        serve = serving.Serve(self.config, "--speed", SPEED)
        try:
            serve.wait_ready(120)
            begun = time.monotonic()
            if self.fault:
                sink.control(answer=self.fault)
            for _ in range(self.random.randrange(1, 5)):
                self.wait_for_moment(sink, begun)
                serve.kill()
                self.kills.append(round(time.monotonic() - begun, 3))
                time.sleep(self.random.uniform(0, 1))
                serve = serving.Serve(self.config, "--speed", SPEED)
            if self.fault:
                time.sleep(self.random.uniform(0, 3))
                sink.control(answer="ok")
            processes.wait_for(self.name + " to end", lambda: self.is_over(begun), PATIENCE_SECONDS)
            time.sleep(2)  # of 60 engine seconds in which something wrong could still be sent
        finally:
            serve.stop()

    def wait_for_moment(self, sink, begun):
        """A random moment; or, for one kill in two, the next message, in the middle of its delivery."""
        left = INCIDENT_SECONDS - (time.monotonic() - begun)
        if self.random.random() < 0.5:
            time.sleep(max(0, self.random.uniform(0, left)))
            return
        seen = len(sink.events())
        end = time.monotonic() + max(0, left) + 3
        while len(sink.events()) == seen and time.monotonic() < end:
            time.sleep(0.0005)
        time.sleep(self.random.choice((0, 0.001, 0.01)))

    def is_over(self, begun):
        """Has the page come and gone, and is everything that is owed delivered?"""
        if time.monotonic() - begun < 10:
            return False
        paged = store_rows(self.folder, "SELECT closed_ms FROM incident WHERE key LIKE '%/availability/page/%'")
        owed = store_rows(self.folder, "SELECT count(*) FROM obligation WHERE settled = 0")[0][0]
        waiting = store_rows(self.folder, "SELECT count(*) FROM outbox WHERE state < 2")[0][0]
        return paged and all(closed for (closed,) in paged) and not owed and not waiting

    def problems(self, sink):
        """What is wrong with the record; empty: nothing."""
        found = []
        for receiver, opening, name in (("PagerDuty", "trigger", "pagerduty-rag"), ("Slack", "open", "slack-rag")):
            by_key = collections.defaultdict(list)
            for event in sink.events(receiver):
                if event["verdict"] in ("violation", "without trigger") or event["violations"]:
                    found.append("%s: %s" % (receiver, event))
                if event["taken"] and event["key"]:
                    by_key[event["key"]].append(event["action"])
            found += self.missing(by_key, receiver, opening, name)
            if receiver == "PagerDuty":
                found += self.doubled(by_key)
        return ["%s (killed at %s s): %s" % (self.name, self.kills, problem) for problem in found]

    def missing(self, by_key, receiver, opening, name):
        rows = store_rows(self.folder, "SELECT key, closed_ms FROM incident JOIN incident_receiver ON incident_id = id"
                                       " WHERE receiver = '%s'" % name)
        found = [] if rows else ["the store has no incident for " + receiver]
        for key, closed in rows:
            if opening not in by_key[key]:
                found.append("%s was never told of %s" % (receiver, key))
            if closed and by_key[key][-1:] != ["resolve"]:
                found.append("%s was not told last that %s is over: %s" % (receiver, key, by_key[key]))
        strangers = set(by_key) - {key for key, _ in rows}
        return found + ["%s got %s, which is not in the store" % (receiver, key) for key in strangers]

    @staticmethod
    def doubled(by_key):
        found = []
        for key, actions in by_key.items():
            if actions[0] != "trigger":
                found.append("%s begins with %s" % (key, actions[0]))
            if "resolve" in actions and "trigger" in actions[actions.index("resolve"):]:
                found.append("%s was opened again after its resolve" % key)
        pages = [key for key in by_key if "/availability/page/" in key]
        if len(pages) != 1:
            found.append("one incident of the service, but %d pages: %s" % (len(pages), sorted(pages)))
        return found


class Kill(serving.Case):
    def all_of(self, runs):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            problems = [problem for found in pool.map(Run.go, runs) for problem in found]
        self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_no_incident_is_lost_or_doubled(self):
        plain = [Run(self.folder, i) for i in range(RUNS)]
        faulty = [Run(self.folder, i, fault) for i in range(3 if serving.LONG else 1) for fault in FAULTS[:4]]
        mixed = [Run(self.folder, i, "mixed") for i in range(3)] if serving.LONG else []
        self.all_of(plain + faulty + mixed)
        print("%d runs with kill -9, seed %d" % (len(plain + faulty + mixed), SEED))


if __name__ == "__main__":
    print("SLOBURN_SEED=%d" % SEED, flush=True)
    unittest.main()
