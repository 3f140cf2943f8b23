"""The whole life of one stack, typed as an operator would, in the order in which it happens."""

import stat
import urllib.request
from pathlib import Path

import pytest
from tests.e2e.cli.terminal import Terminal
from tests.e2e.operator_lab import Operator, left_of
from tests.ports import free_port
from tests.waiting import remaining

from virtwright.providers.namespace import supervisor

pytestmark = [pytest.mark.root, pytest.mark.slow]

STACK = """\
stack: life
hosts: {here: {uri: "HOST"}}
config:
  port: {type: integer}
networks: {back: {}}
volumes: {data: {size: 16MiB}}
vms:
  db:
    image: host
    memory: 64MiB
    networks: [back]
    disks: [{volume: data, mount: /data}]
    cloud_init: {runcmd: ["echo first boot"]}
containers:
  web:
    image: host
    command: ["echo begun >&2; exec python3 -m http.server -d /usr/share/doc 80"]
    entrypoint: [/bin/sh, -c]
    networks: [back]
    ports: ["127.0.0.1:${config.port}:80"]
    environment: {DB: "${vms.db.address}"}
    wait_for: {tcp: 80, timeout: 120s}
outputs: {url: "http://127.0.0.1:${config.port}"}
"""


def test_the_whole_life_of_a_stack(operator: Operator) -> None:
    _begin(operator)
    _look(operator)
    _go_inside(operator)
    _change(operator)
    _heal(operator)
    _operate_the_state(operator)
    assert "data of volumes.data would be lost" in operator.type("destroy", "--yes", code=1).err
    operator.destroy()
    assert remaining(lambda: left_of(operator.runtime)) == []
    assert operator.type("state", "list", "--json").json() == []


def _begin(operator: Operator) -> None:
    operator.write(STACK)
    missing = operator.type("validate", code=1).err
    assert "virtwright config set port VALUE" in missing
    operator.type("config", "set", "port", str(free_port()))
    assert "The stack life is valid." in operator.type("validate").out
    assert "✓ kernel" in operator.type("host", "check").out
    assert "Plan: 4 to create." in operator.type("plan", "--exit-code", code=2).out
    assert not operator.runtime.path.exists(), "a plan writes nothing"
    assert "Done in" in operator.type("apply", "--yes").out
    assert "No changes: 4 unchanged." in operator.type("plan", "--exit-code").out


def _look(operator: Operator) -> None:
    status = operator.type("status", "--json").json()
    assert {each["name"]: each["state"] for each in status}["vms.db"] == "running"
    url = operator.type("output", "url").out.strip()
    with urllib.request.urlopen(url, timeout=120) as answer:
        assert answer.status == 200
    shown = operator.type("show", "web")
    assert "command: [" in shown.out
    assert operator.type("state", "show", "web").out == shown.out
    assert operator.type("graph").out.startswith('digraph "life" {')
    assert operator.type("graph", "--format", "mermaid").out.startswith("flowchart LR")
    operator.type("graph", "--format", "svg", "--out", "life.svg")
    assert "<svg" in (operator.folder / "life.svg").read_text(encoding="utf-8")


def _go_inside(operator: Operator) -> None:
    assert "begun" in operator.type("logs", "web").out
    assert "first boot" in operator.type("logs", "db").out
    follower = operator.start("logs", "-f", "web")
    assert follower.stdout is not None
    assert follower.stdout.readline() == "begun\n"
    follower.send_signal(2)
    follower.communicate(timeout=120)
    assert follower.returncode == 130
    assert (
        operator.type("exec", "-i", "db", "--", "sh", "-c", "cat > /data/kept; exit 7", code=7, stdin="kept").all == ""
    )
    with Terminal(operator, "exec", "-it", "web", "--", "/bin/sh") as terminal:
        terminal.send("getent hosts db && test -t 1 && echo reached-$((40+2)); exit 4\n")
        terminal.wait_for("reached-42")
        assert terminal.finish() == 4


def _change(operator: Operator) -> None:
    operator.edit("memory: 64MiB", "memory: 96MiB")
    plan = operator.type("plan", "--out", "life.plan", "--exit-code", code=2)
    assert "update live (while it runs)" in plan.out
    assert stat.S_IMODE((operator.folder / "life.plan").stat().st_mode) == 0o600
    operator.edit("memory: 96MiB", "memory: 97MiB")
    refused = operator.type("apply", "life.plan", "--yes", code=1)
    assert "has changed since this plan was made" in refused.err
    assert "virtwright plan --out life.plan" in refused.err
    operator.edit("memory: 97MiB", "memory: 96MiB")
    with Terminal(operator, "apply", "life.plan") as terminal:
        terminal.wait_for("Carry out this plan? [y/N]")
        terminal.send("y\n")
        assert terminal.finish() == 0
    again = operator.type("apply", "life.plan", "--yes", code=1)
    assert "error:" in again.err
    operator.type("plan", "--exit-code")


def _heal(operator: Operator) -> None:
    id = operator.type("show", "web", "--json").json()["id"]
    supervisor.stop(operator.runtime.folder("Container", id), 1)
    assert operator.type("status", code=1).out
    drift = operator.type("plan", "--exit-code", code=2).out
    assert "drift" in drift
    assert "containers.web update" in drift
    operator.type("apply", "--yes")
    operator.type("plan", "--exit-code")
    operator.type("refresh")
    assert operator.type("exec", "db", "--", "cat", "/data/kept").out == "kept"


def _operate_the_state(operator: Operator) -> None:
    history = operator.type("state", "history", "--json").json()
    assert [run["command"] for run in history] == ["refresh", "apply", "apply", "apply"]
    assert "web" in operator.type("state", "history", "--run", history[-1]["id"]).out
    assert "there is no run 'x'" in operator.type("state", "history", "--run", "x", code=1).err
    operator.type("state", "export", "--out", "state.json")
    operator.type("state", "move", "containers.web", "www", "--yes")
    assert "containers.www delete" in operator.type("plan").out
    operator.type("state", "import", "state.json", "--yes")
    operator.type("plan", "--exit-code")
    operator.type("state", "forget", "web", "--yes")
    assert operator.names("Container") == ["web"]
    operator.type("state", "recover")
    operator.type("plan", "--exit-code")
    assert operator.type("state", "unlock", "--yes").err == "Nobody holds the lease.\n"
    _lose_the_state(operator)


def _lose_the_state(operator: Operator) -> None:
    """The database is deleted: the stamps on the host are enough to go on."""
    for path in Path(operator.home).glob("state.db*"):
        if path.is_file():
            path.unlink()
    operator.type("state", "recover", "--yes")
    operator.type("plan", "--exit-code")
    assert operator.names("VirtualMachine") == ["db"]
