"""Logs and health checks."""

import itertools
import json
import threading
import time
from dataclasses import replace
from datetime import datetime

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.providers.namespace.logs import read_logs
from virtwright.providers.namespace.sandbox.spec import HOST, HealthCheck
from virtwright.providers.namespace.supervisor import adopt, pause, remove, resume, status

pytestmark = pytest.mark.root


def test_each_line_has_its_time_and_stream(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", "echo one; echo two >&2; printf three"))
    sandboxes.until(folder, lambda now: not now.alive)
    lines = list(read_logs(folder))
    assert [line.text for line in lines if line.stream == "stdout"] == ["one", "three"]
    assert [line.text for line in lines if line.stream == "stderr"] == ["two"]
    times = [datetime.fromisoformat(line.time) for line in lines]
    assert times == sorted(times)
    assert all(line.time.endswith("Z") for line in lines)
    assert list(read_logs(folder, tail=2)) == lines[-2:]
    assert list(read_logs(folder, tail=0)) == []


def test_any_bytes_and_long_lines_are_kept(sandboxes: SandboxLab) -> None:
    script = r"printf '\xff\x00\x1b[31m\xc3\xa9\n'; head -c 40000 /dev/zero | tr '\0' a; echo; echo; echo end"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script))
    sandboxes.until(folder, lambda now: not now.alive)
    texts = [line.text for line in read_logs(folder)]
    assert texts[0] == "\ufffd\x00\x1b[31mé"
    assert "".join(texts[1:-2]) == "a" * 40_000
    assert texts[-2:] == ["", "end"]


def test_a_log_is_rotated_and_never_grows_beyond_its_bound(sandboxes: SandboxLab) -> None:
    script = "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script, log_size=20_000, log_files=3))
    sandboxes.until(folder, lambda now: not now.alive)
    files = sorted(path.name for path in folder.glob("log*"))
    assert files == ["log", "log.1", "log.2"]
    assert sum((folder / name).stat().st_size for name in files) <= 60_000
    texts = [line.text for line in read_logs(folder)]
    assert texts[-1] == "line 1999"
    assert texts == [f"line {number}" for number in range(2000 - len(texts), 2000)]
    assert all(json.loads(line) for name in files for line in (folder / name).read_text().splitlines())


def test_following_sees_new_lines_over_rotations_and_restarts_until_removal(sandboxes: SandboxLab) -> None:
    script = "i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); done; sleep 0.3"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script, log_size=8_000, log_files=4, restart="always"))
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.extend(line.text for line in read_logs(folder, follow=True)))
    reader.start()
    sandboxes.until(folder, lambda now: now.restarts >= 2)
    time.sleep(0.3)
    remove(folder)
    reader.join(timeout=120)
    assert not reader.is_alive()
    assert seen.count("299") >= 2


def test_a_flood_of_output_does_not_stop_the_shim(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("yes", "a flood", log_size=200_000))
    time.sleep(0.3)
    began = time.monotonic()
    pause(folder)
    resume(folder)
    remove(folder)
    assert time.monotonic() - began < 60


def serve(port: int, answer: int) -> tuple[str, ...]:
    code = f"""
import http.server
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({answer} if self.path == "/health?x=1" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", {port}), Answer).serve_forever()
"""
    return ("/usr/bin/python3", "-c", code)


@pytest.mark.parametrize(
    ("check", "answer", "health", "says"),
    [
        (HealthCheck(tcp=8000), 200, "healthy", ""),
        (HealthCheck(tcp=8001), 200, "unhealthy", "refused"),
        (HealthCheck(http="8000/health?x=1"), 200, "healthy", ""),
        (HealthCheck(http=":8000/health?x=1"), 302, "healthy", ""),
        (HealthCheck(http="http://name:8000/health?x=1"), 503, "unhealthy", "answered 503"),
        (HealthCheck(http="8000/other"), 200, "unhealthy", "answered 404"),
        (HealthCheck(command=("sh", "-c", "echo fine; exit 0")), 200, "healthy", "fine"),
        (HealthCheck(command=("sh", "-c", "echo broken >&2; exit 3")), 200, "unhealthy", "broken"),
        (HealthCheck(command=("head", "-c", "200000", "/usr/bin/python3"), timeout=60), 200, "healthy", "ELF"),
        (HealthCheck(command=("nonesuch",)), 200, "unhealthy", "command not found: nonesuch"),
        (HealthCheck(command=("sleep", "60"), timeout=0.3), 200, "unhealthy", "no answer within 0.3 s"),
    ],
    ids=lambda value: None if isinstance(value, HealthCheck) else str(value),
)
def test_health_checks(sandboxes: SandboxLab, check: HealthCheck, answer: int, health: str, says: str) -> None:
    check = replace(check, interval=0.3, retries=3)
    spec = sandboxes.spec(*serve(8000, answer), layers=(HOST,), healthcheck=check)
    folder = sandboxes.start(spec)
    assert not status(folder).ready or health == "healthy"
    now = sandboxes.until(folder, lambda now: now.health == health and says in now.health_output)
    assert now.ready == (health == "healthy")


def test_health_follows_what_happens(sandboxes: SandboxLab) -> None:
    check = HealthCheck(command=("test", "-e", "/tmp/ok"), interval=0.2, retries=2)
    folder = sandboxes.start(sandboxes.spec("sleep", "60", healthcheck=check))
    sandboxes.until(folder, lambda now: now.health == "unhealthy")
    sandboxes.enter(folder, "touch", "/tmp/ok")
    sandboxes.until(folder, lambda now: now.health == "healthy")
    sandboxes.enter(folder, "rm", "/tmp/ok")
    sandboxes.until(folder, lambda now: now.health == "unhealthy")
    adopt(folder, sandboxes.spec("sleep", "60", healthcheck=HealthCheck(command=("true",), interval=0.2)))
    sandboxes.until(folder, lambda now: now.health == "healthy")


def test_checks_leave_no_process_behind(sandboxes: SandboxLab) -> None:
    check = HealthCheck(command=("sh", "-c", "sleep 60 & sleep 60"), interval=0.1, timeout=0.1, retries=1)
    folder = sandboxes.start(sandboxes.spec("sleep", "60", healthcheck=check))
    sandboxes.until(folder, lambda now: now.health == "unhealthy")
    counts = []
    for _ in itertools.repeat(None, 10):
        counts.append(len(sandboxes.group(folder).pids()))
        time.sleep(0.1)
    assert max(counts) <= 5
