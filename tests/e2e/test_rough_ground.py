"""What an operator runs into: full volumes, renamed and fewer resources, killed runs, no rights."""

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.operator_lab import PROGRAM, Operator

pytestmark = [pytest.mark.root, pytest.mark.slow]

STACK = """\
stack: rough
hosts: {here: {uri: "HOST"}}
volumes: {data: {size: 16MiB}}
containers:
  web:
    count: 2
    image: host
    command: ["echo up ${index}; exec sleep 600"]
    entrypoint: [/bin/sh, -c]
    stop_signal: SIGKILL
  keeper:
    image: host
    command: [sleep, "600"]
    stop_signal: SIGKILL
    volumes: [{volume: data, mount: /data}]
"""
WAITING = """\
stack: slip
hosts: {here: {uri: "HOST"}}
networks: {back: {mode: isolated}}
containers:
  web: {image: host, command: [sleep, "600"], stop_signal: SIGKILL, networks: [back]WAIT}
"""


def test_one_stack_over_rough_ground(operator: Operator) -> None:
    operator.write(STACK)
    operator.type("apply", "--yes")
    _fill_the_volume(operator)
    _follow_two_logs(operator)
    _rename_and_lower_the_count(operator)
    _use_the_plan_of_another_stack(operator)


def _fill_the_volume(operator: Operator) -> None:
    full = operator.type("exec", "keeper", "--", "dd", "if=/dev/zero", "of=/data/big", "bs=1M", "count=64", code=1)
    assert "No space left on device" in full.err
    operator.type("exec", "keeper", "--", "rm", "/data/big")


def _follow_two_logs(operator: Operator) -> None:
    follower = operator.start("logs", "-f", "web-0", "web-1")
    assert "up 1" in (told := _read_until(follower, "up 0", "up 1"))
    follower.send_signal(signal.SIGINT)
    follower.communicate(timeout=120)
    assert follower.returncode == 130
    assert all("web-" in line for line in told.splitlines())


def _rename_and_lower_the_count(operator: Operator) -> None:
    id = operator.type("show", "keeper", "--json").json()["id"]
    operator.edit("  keeper:", "  holder:")
    operator.edit("count: 2", "count: 1")
    with (operator.folder / "stack.yaml").open("a", encoding="utf-8") as file:
        file.write("moved: [{from: containers.keeper, to: containers.holder}]\n")
    done = operator.type("apply", "--yes").out
    assert "was containers.keeper" in done
    assert "containers.web-1 delete" in done
    assert operator.type("show", "holder", "--json").json()["id"] == id, "a rename makes nothing anew"
    assert "web-1" not in operator.names("Container")
    operator.type("plan", "--exit-code")


def _use_the_plan_of_another_stack(operator: Operator) -> None:
    operator.type("plan", "--stack", "prod", "--out", "prod.plan")
    refused = operator.type("apply", "prod.plan", "--stack", "test", "--yes", code=1)
    assert "this plan is for the stack rough/prod, not for test" in refused.err
    assert refused.out == ""


def test_a_killed_apply_and_two_at_once(operator: Operator) -> None:
    operator.write(WAITING.replace("WAIT", ", wait_for: {tcp: 80, timeout: 10m}"))
    first = operator.start("apply", "--yes")
    _read_until(first, "waiting for")
    second = operator.type("apply", "--yes", "--lease-wait", "0", code=1)
    assert f"pid {first.pid}" in second.err
    first.kill()
    first.communicate(timeout=120)
    operator.write(WAITING.replace("WAIT", ""))
    operator.type("apply", "--yes")
    operator.type("plan", "--exit-code")
    assert operator.names("Container") == ["web"]


@pytest.fixture
def visitor() -> Iterator[Operator]:
    """An operator in a folder that everybody may look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Operator.at(Path(name))


def test_what_may_not_be_written_is_told(visitor: Operator) -> None:
    """As nobody: the state's folder where something would be written, and before that the runtime."""
    if _as_nobody(visitor, "version").returncode != 0:
        pytest.skip("nobody may not read the program here")
    visitor.write("stack: empty\n")
    refused = _as_nobody(visitor, "apply", "--yes")
    assert refused.returncode == 1
    assert "Permission denied" in refused.stderr
    assert "export VIRTWRIGHT_HOME=" in refused.stderr
    visitor.write(WAITING.replace("WAIT", ""))
    refused = _as_nobody(visitor, "apply", "--yes")
    assert refused.returncode == 1
    assert "root" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not visitor.runtime.path.exists()


def _as_nobody(operator: Operator, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    who = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    return subprocess.run(
        (*who, PROGRAM, *words), cwd=operator.folder, env=operator.environment | variables,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def _read_until(process: "subprocess.Popen[str]", *words: str, seconds: float = 120) -> str:
    """What a process prints, until it has said all of ``words``."""
    assert process.stdout is not None
    end, told = time.monotonic() + seconds, ""
    while any(word not in told for word in words):
        left = end - time.monotonic()
        assert left > 0 and select.select([process.stdout], [], [], left)[0], f"still silent about {words}: {told}"
        data = os.read(process.stdout.fileno(), 65536).decode()
        assert data, f"it ended without {words}: {told}"
        told += data
    return told
