"""The commands that look into what runs, typed at real containers of the namespace runtime."""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import Shop
from tests.e2e.cli.terminal import Terminal
from tests.waiting import until

from virtwright.providers.namespace.paths import Root

pytestmark = pytest.mark.root

STACK = """\
stack: cli
hosts:
  here: {{uri: "namespace://{runtime}"}}
containers:
  one:
    image: host
    command: ["echo one begins; while :; do echo tick; sleep 0.2; done"]
    entrypoint: [/bin/sh, -c]
    restart: "no"
  two:
    image: host
    command: ["echo two begins; exec sleep 600"]
    entrypoint: [/bin/sh, -c]
    restart: "no"
"""


@pytest.fixture
def running(shop: Shop) -> Iterator[Shop]:
    """Two containers that run, in a runtime of their own."""
    runtime = shop.folder.parent / "runtime"
    shop.file.write_text(STACK.format(runtime=runtime), encoding="utf-8")
    try:
        answer = shop.type("apply", "--yes")
        assert answer.code == 0, answer.out + answer.err
        yield shop
    finally:
        gone = shop.type("destroy", "--yes")
        assert gone.code == 0, gone.out + gone.err
        shutil.rmtree(Root(runtime).volatile)


def test_plan_status_and_host_check_see_what_runs(running: Shop) -> None:
    assert running.type("plan", "--exit-code").code == 0
    status = running.type("status")
    assert status.code == 0
    assert re.search(r"containers\.one +here +running", status.out)
    assert "✓ kernel" in running.type("host", "check").out


def test_exec_passes_streams_and_the_exit_code(running: Shop) -> None:
    process = running.start("exec", "-i", "one", "--", "/bin/sh", "-c", "cat; hostname >&2; exit 9", stdin=-1)
    out, err = process.communicate("typed\n", timeout=120)
    assert (process.returncode, out, err) == (9, "typed\n", "one\n")


def test_exec_gives_a_real_terminal(running: Shop) -> None:
    with Terminal(running, "exec", "-it", "two", "--", "/bin/sh") as terminal:
        terminal.send("test -t 0 && echo a-real-$((40+2))-terminal; exit 3\n")
        terminal.wait_for("a-real-42-terminal")
        assert terminal.finish() == 3


def test_logs_follow_until_interrupted(running: Shop) -> None:
    until("it has begun", lambda: running.type("logs", "two").out == "two begins\n")
    process = running.start("logs", "-f", "--tail", "1", "one", "two")
    assert process.stdout is not None
    seen = ""
    while seen.count("containers.one | tick") < 3 or "containers.two | two begins" not in seen:
        line = process.stdout.readline()
        assert line, f"ended early: {seen}"
        seen += line
    process.send_signal(2)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err == ""


def test_what_was_killed_is_seen_and_healed(running: Shop) -> None:
    kill_the_sleep(running, "two")
    plan = running.type("plan", "--exit-code")
    assert plan.code == 2
    assert "drift" in plan.out
    assert running.type("apply", "--yes").code == 0
    assert running.type("status").code == 0


def kill_the_sleep(shop: Shop, name: str) -> None:
    """Kill the container's first process from outside, and wait until the host says so."""
    id = json.loads(shop.type("show", name, "--json").out)["id"]
    [pid] = until("it sleeps", lambda: [each.name for each in Path("/proc").glob("[0-9]*") if is_sleep_of(id, each)])
    os.kill(int(pid), signal.SIGKILL)
    until("it has ended", lambda: "exited" in shop.type("status").out)
    assert shop.type("status").code == 1


def is_sleep_of(id: str, folder: Path) -> bool:
    """Whether a process is the ``sleep`` of the container ``id``."""
    try:
        words = (folder / "cmdline").read_bytes().split(b"\0")
        groups = (folder / "cgroup").read_text(encoding="utf-8")
    except OSError:
        return False
    return words[:2] == [b"sleep", b"600"] and id in groups
