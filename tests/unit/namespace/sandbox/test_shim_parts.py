"""The pure parts of the shim: restarts, health, logs, checks."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox.spec import HealthCheck
from virtwright.providers.namespace.shim import policy
from virtwright.providers.namespace.shim.health import Verdict
from virtwright.providers.namespace.shim.log import LONGEST_LINE, Log, Stream
from virtwright.providers.namespace.shim.loop import Loop
from virtwright.providers.namespace.shim.probe import target
from virtwright.providers.namespace.shim.shim import signal_number


def test_waits_double_up_to_a_minute_and_begin_anew_after_a_steady_run() -> None:
    waits, wait = [], 0.0
    for _ in range(12):
        wait = policy.next_delay(wait, 0.5)
        waits.append(wait)
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60.0, 60.0]
    assert policy.next_delay(60.0, policy.STEADY) == 0.1


@pytest.mark.parametrize(
    ("wanted", "after_0", "after_1"),
    [("no", False, False), ("on-failure", False, True), ("always", True, True), ("unless-stopped", True, True)],
)
def test_policies(wanted: str, after_0: bool, after_1: bool) -> None:
    assert policy.restarts(wanted, 0) == after_0
    assert policy.restarts(wanted, 1) == after_1


def test_health_before_the_first_success_is_a_matter_of_time() -> None:
    verdict = Verdict(HealthCheck(tcp=1, interval=10, retries=3, start_period=5))
    for at in (0.1, 1, 20, 34.9):
        verdict.add(False, at)
        assert verdict.health == "starting"
    verdict.add(False, 35)
    assert verdict.health == "unhealthy"


def test_health_after_the_first_success_is_a_matter_of_failures_in_a_row() -> None:
    verdict = Verdict(HealthCheck(tcp=1, interval=10, retries=3))
    results = [True, False, False, True, False, False, False, True]
    seen = []
    for at, result in enumerate(results):
        verdict.add(result, float(at))
        seen.append(verdict.health)
    assert seen == ["healthy"] * 6 + ["unhealthy", "healthy"]


def test_checks_come_quickly_at_first() -> None:
    verdict = Verdict(HealthCheck(tcp=1, interval=1))
    waits = [verdict.wait() for _ in range(10)]
    assert waits[0] == 0.05
    assert waits == sorted(waits)
    assert waits[-1] == 1
    verdict.add(True, 1)
    assert verdict.wait() == 1


@pytest.mark.parametrize(
    ("http", "expected"),
    [
        ("8080/health", ("127.0.0.1", 8080, "/health")),
        (":8080/", ("127.0.0.1", 8080, "/")),
        ("8080", ("127.0.0.1", 8080, "/")),
        ("/x?y=1", ("127.0.0.1", 80, "/x?y=1")),
        ("http://shop:81/a", ("shop", 81, "/a")),
        ("http://shop", ("shop", 80, "/")),
    ],
)
def test_where_an_http_check_asks(http: str, expected: tuple[str, int, str]) -> None:
    assert target(http) == expected


def test_signals_by_name() -> None:
    assert signal_number("SIGTERM") == 15
    assert signal_number("SIGRTMIN+3") == 37
    for name in ("TERM", "SIGNONE", "SIGTERM+x", ""):
        with pytest.raises(SandboxError, match="no signal"):
            signal_number(name)


@given(st.lists(st.binary(max_size=3 * LONGEST_LINE), max_size=6))
@example([b"\xc2\x85 \xe2\x80\xa8 \x0b\x0c\x1c\x1d\x1e"])
def test_the_log_holds_what_was_written_however_it_came(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = Log(folder, 10**9, 1)
    read, write = os.pipe2(os.O_NONBLOCK)
    stream = Stream("stdout", read, log)
    for part in parts:
        while part:
            part = part[os.write(write, part) :]
            stream.read()
    os.close(write)
    while stream.read():
        pass
    os.close(read)
    log.close()
    texts = [json.loads(line)["text"] for line in (folder / "log").read_bytes().splitlines()]
    assert all(len(text.encode(errors="replace")) <= 3 * LONGEST_LINE for text in texts)
    whole = b"".join(parts)
    if b"\r" not in whole and whole.isascii():
        assert "".join(texts) == whole.decode().replace("\n", "")


def test_rotation_keeps_so_many_files(tmp_path: Path) -> None:
    log = Log(tmp_path, 200, 3)
    for number in range(20):
        log.write("stdout", [str(number).encode()])
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    again = Log(tmp_path, 200, 3)
    again.write("stdout", [b"more"])
    again.close()
    assert "more" in (tmp_path / "log").read_text()


def test_the_loop_fires_timers_in_time_and_forgets_what_was_cancelled() -> None:
    loop, fired = Loop(), []
    loop.later(0.2, lambda: fired.append("second"))
    loop.later(0.01, lambda: fired.append("first"))
    loop.later(0.015, lambda: fired.append("never")).cancel()
    loop.later(0.3, loop.stop)
    loop.run()
    assert fired == ["first", "second"]


def test_the_loop_reads_until_it_is_told_to_forget() -> None:
    loop = Loop()
    read, write = os.pipe()
    os.write(write, b"ab")

    def one() -> None:
        if os.read(read, 1) == b"b":
            loop.forget(read)
            loop.later(0, loop.stop)

    loop.watch(read, one)
    loop.run()
    os.close(read)
    os.close(write)
