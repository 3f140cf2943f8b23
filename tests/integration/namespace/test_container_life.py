"""Containers through their handler: made, seen, changed, hurt from outside, healed and deleted, on the real kernel."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import image_archives as make
from tests.container_lab import ContainerLab, container_lab
from tests.namespace_lab import fetch

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.providers.diff import Impact
from virtwright.providers.namespace import supervisor
from virtwright.providers.namespace.cgroups.group import Group, detect

pytestmark = pytest.mark.root
SLEEP = ["sleep", "1000"]


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab


def settled(lab: ContainerLab, id: str, *states: str) -> str:
    """Wait until the container is in one of ``states``."""
    deadline = time.monotonic() + 120
    while (state := supervisor.status(lab.folder("Container", id)).state) not in states:
        assert time.monotonic() < deadline, state
        time.sleep(0.02)
    return state


FULL: dict[str, Any] = {
    "image": "host",
    "command": ["python3", "-m", "http.server", "80"],
    "environment": {"GREETING": "hello"},
    "working_dir": "/tmp",
    "hostname": "front",
    "networks": [{"network": "test-back", "address": "10.77.1.20", "aliases": ["www"]}],
    "ports": ["127.0.0.1:8080:80"],
    "volumes": ["test-data:/var/lib/data", {"bind": "/usr/share", "mount": "/mnt/share", "read_only": True}],
    "files": [{"path": "/etc/front.conf", "content": "a\n", "mode": "0600"}],
    "resources": {"cpus": 0.5, "memory": "64MiB", "pids": 50},
    "healthcheck": {"tcp": 80, "interval": "500ms"},
    "stop_timeout": "1s",
    "labels": {"tier": "web"},
    "wait_for": {"address": True, "tcp": 80, "healthy": True, "timeout": "120s"},
}


def full(lab: ContainerLab) -> Any:
    lab.create("Network", "back", cidr="10.77.1.0/24")
    lab.create("Volume", "data")
    return lab.create("Container", "web", **FULL)


def test_apply_then_plan_shows_no_changes(lab: ContainerLab) -> None:
    made = full(lab)
    assert (made.name, made.address, made.addresses) == ("test-web", "10.77.1.20", {"test-back": "10.77.1.20"})
    assert made.state == "running"
    assert fetch("127.0.0.1", 8080) is not None
    assert lab.changes("Container", made.id, **FULL) == []
    assert lab.observed("Container", made.id).outputs == made
    check = 'test "$GREETING $(hostname) $(pwd) $(cat /etc/front.conf)" = "hello front /tmp a"'
    assert lab.execute("Container", made.id, "sh", "-c", check) == 0
    assert lab.execute("Container", made.id, "sh", "-c", "touch /var/lib/data/x && ! touch /mnt/share/x") == 0
    assert lab.execute("Container", made.id, "sh", "-c", "grep -q 10.77.1.20.*www /etc/hosts") == 0


def test_each_live_change_leaves_the_process_alone(lab: ContainerLab) -> None:
    made = full(lab)
    lab.create("Network", "front", cidr="10.77.2.0/24")
    process = supervisor.status(lab.folder("Container", made.id)).process
    changes: list[dict[str, Any]] = [
        {"resources": {"cpus": 0.25, "memory": "96MiB", "pids": 60}},
        {"resources": {}},
        {"restart": "on-failure"},
        {"networks": [*FULL["networks"], "test-front"]},
        {"ports": ["127.0.0.1:8081:80"]},
        {"healthcheck": {"http": "80/", "interval": "400ms"}},
        {"healthcheck": None},
        {"stop_timeout": "2s", "stop_signal": "SIGINT"},
        {"labels": {"tier": "front"}, "description": "the front"},
        {"wait_for": None},
    ]
    inputs = dict(FULL)
    for change in changes:
        inputs |= change
        planned = lab.changes("Container", made.id, **inputs)
        assert {each.impact for each in planned} == {Impact.LIVE}, change
        made = lab.update("Container", "web", made.id, **inputs)
        assert lab.changes("Container", made.id, **inputs) == [], change
        assert supervisor.status(lab.folder("Container", made.id)).process == process, change
    assert (fetch("127.0.0.1", 8080), fetch("127.0.0.1", 8081) is not None) == (None, True)
    assert list(made.addresses) == ["test-back", "test-front"]


@pytest.mark.parametrize(
    "change",
    [
        {"command": SLEEP},
        {"environment": {"GREETING": "bye"}},
        {"user": "nobody"},
        {"read_only": True},
        {"working_dir": "/"},
        {"hostname": "other"},
        {"volumes": []},
        {"capabilities": ["CAP_NET_ADMIN"]},
        {"entrypoint": ["/bin/echo"]},
        {"image": "sha256:" + "0" * 64},
    ],
)
def test_what_can_not_be_changed_live_is_made_anew(lab: ContainerLab, change: dict[str, Any]) -> None:
    prior, goal = lab.checked("Container", **FULL), lab.checked("Container", **(FULL | change))
    found = lab.handler("Container").diff(prior, goal)
    assert found.impact is Impact.RECREATE
    assert found.delete_before_create


def test_a_changed_file_restarts_the_program_that_reads_it(lab: ContainerLab) -> None:
    script = {"path": "/opt/run", "content": "exit 1\n"}
    inputs: dict[str, Any] = {"image": "host", "command": ["/bin/sh", "/opt/run"], "restart": "no"}
    made = lab.create("Container", "web", **inputs, files=[script])
    goal = inputs | {"files": [script | {"content": "exec sleep 600\n"}]}
    planned = lab.changes("Container", made.id, **goal)
    assert max(each.impact for each in planned if each.path[0] == "files") is Impact.REBOOT
    lab.update("Container", "web", made.id, **goal)
    assert lab.changes("Container", made.id, **goal) == []
    assert supervisor.status(lab.folder("Container", made.id)).state == "running"


def test_a_file_changes_in_a_container_that_can_not_write(lab: ContainerLab) -> None:
    inputs = {"image": "host", "command": ["sleep", "600"], "read_only": True, "stop_timeout": "1s"}
    first, second = ([{"path": "/etc/front.conf", "content": text}] for text in ("a\n", "b\n"))
    made = lab.create("Container", "web", **inputs, files=first)
    lab.update("Container", "web", made.id, **inputs, files=second)
    assert lab.changes("Container", made.id, **inputs, files=second) == []
    assert lab.execute("Container", made.id, "grep", "-q", "b", "/etc/front.conf") == 0
    assert lab.execute("Container", made.id, "sh", "-c", "echo c > /etc/front.conf") != 0


def test_processes_are_limited_where_nothing_is_said(lab: ContainerLab) -> None:
    """And a container of an earlier version, which had no limit, is not to be changed for that."""
    inputs = {"image": "host", "command": ["sleep", "600"]}
    made = lab.create("Container", "web", **inputs)
    group = Group(supervisor.status(lab.folder("Container", made.id)).cgroup, detect())
    pids_max = group.v1.get("pids", group.v2) / "pids.max"  # type: ignore[operator]
    assert pids_max.read_text() == "2048\n"
    assert lab.changes("Container", made.id, **inputs) == []
    pids_max.write_text("max")
    assert lab.changes("Container", made.id, **inputs) == []
    pids_max.write_text("17")
    assert lab.fields("Container", made.id, **inputs) == ["resources.pids"]
    goal = {**inputs, "resources": {"pids": 3000}}
    lab.update("Container", "web", made.id, **goal)
    assert pids_max.read_text() == "3000\n"
    assert lab.changes("Container", made.id, **goal) == []


@pytest.mark.parametrize("capabilities", [[], ["CAP_NET_ADMIN"]], ids=["mapped ids", "host ids"])
def test_the_files_that_tell_it_of_its_networks_are_not_its_own_to_write(
    lab: ContainerLab, capabilities: list[str]
) -> None:
    """They lie beside its layer, where they would count for nothing."""
    lab.create("Network", "back", cidr="10.77.1.0/24")
    inputs = {"image": "host", "command": ["sleep", "600"], "networks": ["test-back"], "capabilities": capabilities}
    made = lab.create("Container", "web", **inputs)
    for path in ("/etc/hosts", "/etc/resolv.conf"):
        assert lab.execute("Container", made.id, "sh", "-c", f"echo 10.0.0.1 x >> {path}") != 0
        assert lab.execute("Container", made.id, "chmod", "777", path) != 0
    lab.create("Container", "other", **inputs)
    assert lab.execute("Container", made.id, "grep", "-q", "other", "/etc/hosts") == 0


def test_harm_from_outside_is_seen_and_healed(lab: ContainerLab) -> None:
    made = full(lab)
    folder = lab.folder("Container", made.id)
    lab.execute("Container", made.id, "sh", "-c", "echo edited > /etc/front.conf; chmod 644 /etc/front.conf")
    assert lab.fields("Container", made.id, **FULL) == ["files[0].content", "files[0].mode"]
    lab.update("Container", "web", made.id, **FULL)
    assert lab.changes("Container", made.id, **FULL) == []

    supervisor.set_limits(folder, supervisor.load(folder).limits.__class__(cpus=0.25, memory=128 * 1024**2, pids=50))
    assert lab.fields("Container", made.id, **FULL) == ["resources.cpus", "resources.memory"]
    lab.update("Container", "web", made.id, **FULL)
    assert lab.changes("Container", made.id, **FULL) == []

    supervisor.pause(folder)
    assert lab.fields("Container", made.id, **FULL) == ["state"]
    lab.update("Container", "web", made.id, **FULL)
    assert lab.changes("Container", made.id, **FULL) == []

    Group(supervisor.status(folder).cgroup, detect()).freeze()
    assert [change.prior for change in lab.changes("Container", made.id, **FULL)] == ["paused"]
    lab.update("Container", "web", made.id, **FULL)
    assert lab.changes("Container", made.id, **FULL) == []

    supervisor.kill(folder)
    (change,) = lab.changes("Container", made.id, **FULL)
    assert (change.field, change.prior, change.goal) == ("state", "stopped", "running")
    lab.update("Container", "web", made.id, **FULL)
    assert lab.changes("Container", made.id, **FULL) == []


def test_a_dead_shim_is_seen_and_healed(lab: ContainerLab) -> None:
    made = full(lab)
    shim = supervisor.status(lab.folder("Container", made.id)).shim
    assert shim is not None
    os.kill(shim.pid, signal.SIGKILL)
    settled(lab, made.id, "gone")
    assert [change.prior for change in lab.changes("Container", made.id, **FULL)] == ["gone"]
    lab.update("Container", "web", made.id, **FULL)
    assert lab.changes("Container", made.id, **FULL) == []
    assert fetch("127.0.0.1", 8080) is not None


def test_a_lost_network_namespace_is_made_again(lab: ContainerLab) -> None:
    made = full(lab)
    from virtwright.providers.namespace.network.netns import remove

    remove(lab.root.netns / made.id)
    (change,) = lab.changes("Container", made.id, **FULL)
    assert (change.field, change.impact) == ("networks", Impact.REBOOT)
    again = lab.update("Container", "web", made.id, **FULL)
    assert again.address == made.address
    assert lab.changes("Container", made.id, **FULL) == []
    assert fetch("127.0.0.1", 8080) is not None


def test_delete_leaves_nothing_and_keeps_the_volume(lab: ContainerLab) -> None:
    made = full(lab)
    lab.execute("Container", made.id, "touch", "/var/lib/data/kept")
    lab.delete("Container", made.id)
    lab.delete("Container", made.id)
    assert not lab.folder("Container", made.id).exists()
    assert not (lab.root.netns / made.id).exists()
    again = lab.create("Container", "web", **FULL)
    assert lab.execute("Container", again.id, "test", "-e", "/var/lib/data/kept") == 0


@pytest.mark.parametrize(("restart", "drifts"), [("no", []), ("on-failure", [])])
def test_what_ended_well_is_done(lab: ContainerLab, restart: str, drifts: list[str]) -> None:
    inputs = {"image": "host", "command": ["true"], "restart": restart, "wait_for": {"completed": True}}
    made = lab.create("Container", "job", **inputs)
    assert made.state == "exited: status 0"
    assert lab.fields("Container", made.id, **inputs) == drifts
    changed = inputs | {"labels": {"a": "b"}}
    lab.update("Container", "job", made.id, **changed)
    assert lab.changes("Container", made.id, **changed) == []


def test_what_failed_is_drift_with_its_status(lab: ContainerLab) -> None:
    inputs = {"image": "host", "command": ["sh", "-c", "exit 3"], "restart": "no"}
    made = lab.create("Container", "job", **inputs)
    settled(lab, made.id, "exited")
    assert [change.prior for change in lab.changes("Container", made.id, **inputs)] == ["exited: status 3"]


def test_want_of_memory_is_called_by_its_name(lab: ContainerLab) -> None:
    eat = ["python3", "-c", "x = bytearray(200 * 1024**2)"]
    inputs = {"image": "host", "command": eat, "restart": "no", "resources": {"memory": "32MiB"}}
    made = lab.create("Container", "job", **inputs)
    settled(lab, made.id, "exited")
    assert [change.prior for change in lab.changes("Container", made.id, **inputs)] == ["exited: out of memory"]


def test_an_unhealthy_container_is_drift(lab: ContainerLab) -> None:
    check = {"command": ["test", "-e", "/tmp/well"], "interval": "100ms", "retries": 1}
    inputs = {"image": "host", "command": SLEEP, "healthcheck": check, "stop_timeout": "0s"}
    made = lab.create("Container", "web", **inputs)
    deadline = time.monotonic() + 120
    while not (changes := lab.changes("Container", made.id, **inputs)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (changes[0].field, changes[0].goal) == ("health", "healthy")


@pytest.mark.parametrize(
    ("inputs", "error", "text"),
    [
        ({"command": ["sh", "-c", "echo broken config; exit 4"], "restart": "no", "wait_for": {"tcp": 80}}, HostError,
         "ended before it was ready.*status 4.*broken config"),
        ({"command": ["sh", "-c", "echo still waiting; sleep 100"], "wait_for": {"tcp": 80, "timeout": "1s"}},
         WaitTimeoutError, "port 80.*refused.*still waiting"),
        ({"command": ["false"], "restart": "no", "wait_for": {"completed": True}}, HostError, "status 1"),
        ({"command": ["/no/such/program"]}, HostError, "no/such/program"),
        ({"command": SLEEP, "networks": ["nowhere"]}, HostError, "nowhere.*not on this host"),
        ({"command": SLEEP, "volumes": ["nothing:/x"]}, HostError, "volume nothing is not on this host"),
        ({"command": SLEEP, "image": "sha256:" + "0" * 64}, HostError, "image sha256:0+ is not on this host"),
    ],
)  # fmt: skip
def test_a_failed_create_leaves_nothing(
    lab: ContainerLab, inputs: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=f"(?s){text}"):
        lab.create("Container", "web", **({"image": "host"} | inputs))
    assert lab.left() == []
    assert list(lab.root.kind_folder("Container").iterdir()) == []
    assert list(lab.root.netns.iterdir()) == []


def image(lab: ContainerLab, tmp_path: Path, config: dict[str, Any]) -> str:
    path = tmp_path / "busybox.tar"
    path.write_bytes(make.docker_archive([make.tar(make.busybox_entries())], config))
    made = lab.create("Image", "busybox", source={"archive": str(path)})
    return str(made.reference)


def test_an_image_brings_its_own_command_user_and_environment(lab: ContainerLab, tmp_path: Path) -> None:
    config = {
        "Cmd": ["echo $GREETING $(id -u) $(pwd); sleep 1000"],
        "Entrypoint": ["/bin/sh", "-c"],
        "Env": ["PATH=/bin", "GREETING=hello"],
        "User": "nobody",
        "WorkingDir": "/tmp",
        "StopSignal": "SIGKILL",
    }
    inputs = {"image": image(lab, tmp_path, config)}
    made = lab.create("Container", "app", **inputs)
    assert made.image_digest == inputs["image"]
    deadline = time.monotonic() + 120
    while not (lines := lab.log("Container", made.id)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert lines == ["hello 65534 /tmp"]
    assert lab.changes("Container", made.id, **inputs) == []


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_unprivileged_programs_see_what_they_need_under_any_umask(
    lab: ContainerLab, tmp_path: Path, strict_umask: None
) -> None:
    lab.create("Volume", "data")
    inputs = {
        "image": image(lab, tmp_path, {"User": "nobody"}),
        "command": ["/bin/sh", "-c", "cat /etc/resolv.conf /etc/hosts && ls / /data"],
        "volumes": ["test-data:/data"],
        "restart": "no",
        "wait_for": {"completed": True, "timeout": "120s"},
    }
    lab.create("Container", "app", **inputs)


def test_two_containers_share_an_image_and_not_their_changes(lab: ContainerLab, tmp_path: Path) -> None:
    inputs = {"image": image(lab, tmp_path, {"Cmd": ["/bin/sleep", "1000"]}), "stop_timeout": "0s"}
    one, two = lab.create("Container", "one", **inputs), lab.create("Container", "two", **inputs)
    lab.execute("Container", one.id, "/bin/touch", "/etc/mine")
    assert lab.execute("Container", one.id, "/bin/cat", "/etc/mine") == 0
    assert lab.execute("Container", two.id, "/bin/cat", "/etc/mine") != 0
    images = lab.handler("Image").observe("test/test")
    (kept,) = images
    lab.delete("Image", kept.id)
    assert lab.execute("Container", two.id, "/bin/true") == 0
