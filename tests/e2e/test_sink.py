#!/usr/bin/env python3
"""sloburn sink as people run it: what it prints, records and answers, and that nothing it answered is lost by kill -9."""

import json
import pathlib
import re
import signal
import tempfile
import urllib.error
import urllib.request

import processes

KEY = "fedcba9876543210fedcba9876543210"


def post(url, body=None):
    """(status, text); 0 where the connection was closed without an answer."""
    data = json.dumps(body).encode() if body is not None else b""
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def event(action, key):
    return {"routing_key": KEY, "event_action": action, "dedup_key": key,
            "payload": {"summary": "P1 api availability: half of all requests fail", "source": "prod/api",
                        "severity": "critical", "custom_details": {"runbook": "https://runbooks.example/availability"}}}


def start(folder, output):
    sink = processes.Process([processes.sloburn(), "sink", "--record", str(folder / "record.jsonl")], folder / output)
    sink.wait_text("GET /summary")
    return sink, re.match(r"sink on (http://127\.0\.0\.1:\d+)", sink.text()).group(1)


def records(folder):
    return [json.loads(line) for line in (folder / "record.jsonl").read_text().splitlines()]


def check_answers(sink, url):
    assert post(url + "/v2/enqueue", event("trigger", "a"))[0] == 202
    assert "PagerDuty TRIGGER P1 api availability: half of all requests fail" in sink.text()
    assert "runbook https://runbooks.example/availability" in sink.text()
    assert "\033" not in sink.text(), "colours belong on a terminal"
    assert post(url + "/v2/enqueue", event("resolve", "a"))[0] == 202
    assert post(url + "/services/T1/B1/secret", {"text": "hello"}) == (200, "ok")
    status, text = post(url + "/services/T1/B1/secret", {"text": "<!channel>"})
    assert status == 400 and "invalid_payload" in text and "mentions" in text, text
    assert KEY not in sink.text() and "secret" not in sink.text(), sink.text()


def check_misbehaviour(url):
    assert post(url + "/control?answer=429&count=1&retry_after=2")[0] == 200
    assert post(url + "/v2/enqueue", event("trigger", "b"))[0] == 429
    assert post(url + "/control?answer=drop&count=1")[0] == 200
    assert post(url + "/v2/enqueue", event("trigger", "b"))[0] == 0
    assert post(url + "/v2/enqueue", event("trigger", "b"))[0] == 202
    assert post(url + "/control?answer=nonsense")[0] == 400
    summary = json.loads(processes.request(url + "/summary")[1])
    counts = summary["pagerduty"]
    assert (counts["opened"], counts["opened_again"], counts["opened_twice"]) == (2, 1, 0), summary
    assert (counts["resolved"], counts["open_now"], counts["faults"]) == (1, 1, 2), summary
    assert summary["slack"]["violations"] == 1, summary


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sink, url = start(folder, "first")
        with sink:
            check_answers(sink, url)
            check_misbehaviour(url)
            sink.popen.send_signal(signal.SIGKILL)
            sink.popen.wait()
        taken = [(r["action"], r["key"], r["status"]) for r in records(folder) if r["receiver"] == "PagerDuty"]
        assert taken == [("trigger", "a", 202), ("resolve", "a", 202), ("trigger", "b", 429), ("trigger", "b", 0),
                         ("trigger", "b", 202)], taken
        again, url = start(folder, "second")
        with again:
            assert post(url + "/v2/enqueue", event("trigger", "c"))[0] == 202
            assert again.stop() == 0
        assert records(folder)[-1]["key"] == "c" and len(records(folder)) == 8
    print("sink: all good")


if __name__ == "__main__":
    main()
