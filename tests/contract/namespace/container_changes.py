"""Changes of containers. The witness is the container itself, with its data on a volume."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from tests.contract.namespace import kernel
from tests.contract.namespace.change import change, in_container, only_noted
from tests.contract.namespace.items import SHOP, WEB, altered
from tests.contract.namespace.kernel import Running
from tests.contract.subject import FieldChange
from tests.programs import Item
from tests.waiting import until

from virtwright.providers.diff import Impact
from virtwright.providers.namespace.layer_disk import growth

LIVE, REBOOT, RECREATE = Impact.LIVE, Impact.REBOOT, Impact.RECREATE
MiB = 1024**2
NET_ADMIN, NET_BIND = 1 << 12, 1 << 10
COMMAND = ["busybox", "httpd", "-f", "-p", "81", "-h", "/data"]
SIDE = Item("Network", "side", {"cidr": "10.50.0.0/24"})
TWO_NETWORKS = Item("Container", "web", {**WEB.inputs, "networks": [*WEB.inputs["networks"], "{side}"]},
                    ("back", "data", "side"))  # fmt: skip
CONF = {"path": "/etc/shop.conf", "content": "a=1\n"}
SHADOW = {"path": "/etc/debian_version", "content": "mine\n"}
CHECK = {"command": ["touch", "/tmp/checked"], "interval": "1s"}
MOUNT = WEB.inputs["volumes"][0]


def _port(subject: Any) -> None:
    until("the published port answers", lambda: kernel.reaches("127.0.0.1", 8081))
    assert not kernel.reaches("127.0.0.1", 8080)


def _checked(subject: Any) -> None:
    one = subject.alive("web")
    until("the new check runs", lambda: Path(f"/proc/{one.pid}/root/tmp/checked").exists())


def _ends_for_good(subject: Any) -> None:
    os.kill(subject.alive("web").pid, signal.SIGKILL)
    until("it ends and is not started again", lambda: not subject.census()["shim"])
    assert subject.life() == []


def _comes_back(subject: Any) -> None:
    before = subject.alive("web")
    os.kill(before.pid, signal.SIGKILL)
    until("it is started again", lambda: subject.running("web") not in (None, before))


def _told(subject: Any) -> None:
    """The new stop signal is among those that the running program was made to hear, and the shim sends it."""
    assert _spec(subject)["stop_signal"] == "SIGUSR1"


def _patient(subject: Any) -> None:
    assert _spec(subject)["stop_timeout"] == 3.0


def _spec(subject: Any) -> Any:
    return json.loads((subject.folder("web") / "spec.json").read_text())


def _address(one: Running) -> bool:
    text = one.in_network(["ip", "-4", "addr", "show", "dev", "eth0"])
    return "10.40.0.77/" in text and "10.40.0.10/" not in text


def _uncovered(one: Running) -> bool:
    """A file of the stack's own is gone, and one that stood over a file of the image no longer does."""
    release = Path("/etc/debian_version")
    return not Path(f"/proc/{one.pid}/root/etc/shop.conf").exists() and one.file(str(release)) == release.read_text()


def _web(*fields: str, impact: Impact, holds: Any, prior: dict[str, Any] | None = None, name: str = "",
         **inputs: Any) -> FieldChange:  # fmt: skip
    before = altered(WEB, **prior) if prior else None
    return change(SHOP, altered(before or WEB, **inputs), impact, *fields, holds=holds, prior=before, name=name)


def _is(check: Any) -> Any:
    return in_container("web", check)


CONTAINERS: tuple[FieldChange, ...] = (
    _web("command[4]", impact=RECREATE, command=COMMAND, holds=_is(lambda one: "81" in one.proc("cmdline"))),
    _web("command", "entrypoint", impact=RECREATE, command=COMMAND[1:], entrypoint=["busybox"], name="entrypoint",
         holds=_is(lambda one: "81" in one.proc("cmdline"))),
    _web("environment.MODE", impact=RECREATE, environment={**WEB.inputs["environment"], "MODE": "new"},
         holds=_is(lambda one: "MODE=new" in one.proc("environ").split("\0"))),
    _web("working_dir", impact=RECREATE, prior={"command": ["sleep", "1000"]}, working_dir="/usr",
         holds=_is(lambda one: str(Path(f"/proc/{one.program}/cwd").readlink()) == "/usr")),
    _web("user", impact=RECREATE, user="1234", holds=_is(lambda one: one.uid() == 1234)),
    _web("hostname", impact=RECREATE, hostname="front", holds=_is(lambda one: one.hostname() == "front")),
    _web("ports[0].host_port", impact=LIVE, prior={"ports": ["127.0.0.1:8080:80"]}, ports=["127.0.0.1:8081:80"],
         holds=_port),
    _web("networks[0].address", impact=LIVE, networks=[{"network": "{back}", "address": "10.40.0.77"}],
         holds=_is(_address)),
    _web("networks[0].aliases", impact=LIVE, networks=[{**WEB.inputs["networks"][0], "aliases": ["store"]}],
         holds=_is(lambda one: "store" in one.file("/etc/hosts"))),
    change((*SHOP, SIDE), TWO_NETWORKS, LIVE, "networks", name="networks-joined",
           holds=_is(lambda one: "10.50.0." in one.in_network(["ip", "addr", "show", "dev", "eth1"]))),
    _web("volumes[0].read_only", impact=RECREATE, volumes=[{**MOUNT, "read_only": True}],
         holds=_is(lambda one: "ro" in str(one.mount("/data")).split(","))),
    _web("volumes", impact=RECREATE, volumes=[MOUNT, {"bind": "/usr/share", "mount": "/share"}], name="volumes-bind",
         holds=_is(lambda one: one.mount("/share") is not None)),
    _web("files", impact=REBOOT, files=[CONF], holds=_is(lambda one: one.file("/etc/shop.conf") == "a=1\n")),
    _web("files[0].content", impact=REBOOT, prior={"files": [CONF]}, files=[{**CONF, "content": "a=2\n"}],
         holds=_is(lambda one: one.file("/etc/shop.conf") == "a=2\n")),
    _web("files", impact=REBOOT, prior={"files": [CONF, SHADOW]}, files=[], name="files-removed", holds=_is(_uncovered)),
    _web("resources.memory", impact=LIVE, resources={"memory": "48MiB"},
         holds=_is(lambda one: one.limit("memory.limit_in_bytes", "memory.max") == str(48 * MiB))),
    _web("resources.pids", impact=LIVE, resources={"pids": 77}, holds=_is(lambda one: one.limit("pids.max") == "77")),
    _web("resources.cpus", impact=LIVE, resources={"cpus": 0.5},
         holds=_is(lambda one: one.limit("cpu.cfs_quota_us", "cpu.max").split()[0] == "50000")),
    _web("restart", impact=LIVE, restart="no", holds=_ends_for_good, name="restart-no"),
    _web("restart", impact=LIVE, prior={"restart": "no"}, restart="always", holds=_comes_back, name="restart-always"),
    _web("healthcheck", impact=LIVE, healthcheck=CHECK, holds=_checked),
    _web("stop_signal", impact=LIVE, stop_signal="SIGUSR1", holds=_told),
    _web("stop_timeout", impact=LIVE, stop_timeout="3s", holds=_patient),
    _web("capabilities", impact=RECREATE, capabilities=["CAP_NET_ADMIN"],
         holds=_is(lambda one: bool(one.capabilities() & NET_ADMIN))),
    _web("drop_capabilities", impact=RECREATE, drop_capabilities=["CAP_NET_BIND_SERVICE"],
         holds=_is(lambda one: not one.capabilities() & NET_BIND)),
    _web("read_only", impact=RECREATE, read_only=True, holds=_is(lambda one: "ro" in str(one.mount("/")).split(","))),
    _web("labels.a", impact=LIVE, labels={"a": "b"}, holds=only_noted),
    _web("description", impact=LIVE, description="the front", holds=only_noted),
    _web("wait_for", impact=LIVE, wait_for={"tcp": 80}, holds=only_noted),
    _web("namespace.disk_limit", impact=growth(), prior={"namespace": {"disk_limit": "16MiB"}},
         namespace={"disk_limit": "32MiB"}, holds=_is(lambda one: 24 * MiB < one.room() <= 32 * MiB)),
    _web("namespace.disk_limit", impact=RECREATE, prior={"namespace": {"disk_limit": "48MiB"}},
         namespace={"disk_limit": "32MiB"}, name="namespace.disk_limit-lowered", holds=_is(lambda one: 24 * MiB < one.room() <= 32 * MiB)),
    _web("namespace", impact=RECREATE, namespace={"user_namespace": False}, name="namespace.user_namespace",
         holds=_is(lambda one: "4294967295" in one.proc("uid_map"))),
)  # fmt: skip
