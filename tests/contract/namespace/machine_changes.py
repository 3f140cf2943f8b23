"""Changes of machines. The witness is the machine itself, with its data on a disk."""

from typing import Any

from tests.contract.namespace import kernel
from tests.contract.namespace.change import change, in_container, only_noted
from tests.contract.namespace.items import DB, FARM, OS, altered
from tests.contract.namespace.kernel import Running
from tests.contract.subject import FieldChange
from tests.programs import Item
from tests.waiting import until

from virtwright.providers.diff import Impact
from virtwright.providers.namespace.layer_disk import growth

LIVE, REBOOT, RECREATE = Impact.LIVE, Impact.REBOOT, Impact.RECREATE
MiB = 1024**2
MORE = Item("Volume", "more", {})
TWO_DISKS = Item("VirtualMachine", "db", {**DB.inputs, "disks": [*DB.inputs["disks"], {"volume": "{more}",
                 "mount": "/more"}]}, ("back", "data", "more"))  # fmt: skip
IMAGED = Item("VirtualMachine", "db", {**DB.inputs, "image": "{os.reference}"}, ("back", "data", "os"))


def _db(*fields: str, impact: Impact, holds: Any, prior: dict[str, Any] | None = None, name: str = "",
        running: Any = None, **inputs: Any) -> FieldChange:  # fmt: skip
    before = altered(DB, **prior) if prior else None
    goal = altered(before or DB, **inputs)
    return change(FARM, goal, impact, *fields, holds=holds, prior=before, name=name, running=running)


def _is(check: Any) -> Any:
    return in_container("db", check)


def _frozen(one: Running) -> bool:
    return "FROZEN" in (text := one.limit("freezer.state", "cgroup.events")) or "frozen 1" in text


def _stopped(subject: Any) -> None:
    assert subject.life() == []
    assert subject.census()["process 1"] == 0


def _port(subject: Any) -> None:
    assert "8090" in kernel.filter_rules()


MACHINES: tuple[FieldChange, ...] = (
    _db("cpus", impact=LIVE, cpus=2,
        holds=_is(lambda one: one.limit("cpu.cfs_quota_us", "cpu.max").split()[0] == "200000")),
    _db("memory", impact=LIVE, memory="96MiB",
        holds=_is(lambda one: one.limit("memory.limit_in_bytes", "memory.max") == str(96 * MiB))),
    _db("max_cpus", impact=LIVE, max_cpus=2, holds=only_noted),
    _db("max_memory", impact=LIVE, max_memory="128MiB", holds=only_noted),
    _db("resources.pids", impact=LIVE, resources={"pids": 99}, holds=_is(lambda one: one.limit("pids.max") == "99")),
    _db("resources.cpu_limit", impact=LIVE, resources={"cpu_limit": 0.5},
        holds=_is(lambda one: one.limit("cpu.cfs_quota_us", "cpu.max").split()[0] == "50000")),
    _db("resources.memory_limit", impact=LIVE, resources={"memory_limit": "48MiB"},
        holds=_is(lambda one: one.limit("memory.limit_in_bytes", "memory.max") == str(48 * MiB))),
    _db("power", impact=LIVE, power="stopped", holds=_stopped, running="none", name="power-stopped"),
    _db("power", impact=LIVE, prior={"power": "stopped"}, power="running", holds=only_noted, name="power-running", running="new"),
    _db("power", impact=LIVE, power="paused", holds=_is(_frozen), name="power-paused"),
    _db("power", impact=LIVE, prior={"power": "paused"}, power="running", holds=_is(lambda one: not _frozen(one)),
        name="power-resumed"),
    change((*FARM, MORE), TWO_DISKS, REBOOT, "disks", holds=_is(lambda one: one.mount("/more") is not None)),
    _db("namespace.disk_limit", impact=growth(), prior={"namespace": {"disk_limit": "16MiB"}},
        namespace={"disk_limit": "32MiB"}, holds=_is(lambda one: 24 * MiB < one.room() <= 32 * MiB)),
    _db("namespace", impact=RECREATE, namespace={"disk_limit": "32MiB"}, name="namespace.disk_limit-added",
        holds=_is(lambda one: 24 * MiB < one.room() <= 32 * MiB)),
    _db("namespace", impact=REBOOT, namespace={"capabilities": ["CAP_SYS_TIME"]}, name="namespace.capabilities",
        holds=_is(lambda one: bool(one.capabilities() & 1 << 25))),
    _db("cloud_init", impact=RECREATE, cloud_init={"hostname": "other"}, name="cloud_init.hostname",
        holds=_is(lambda one: one.hostname() == "other")),
    _db("cloud_init", impact=RECREATE, cloud_init={"runcmd": ["echo ran > /data/ran"]}, name="cloud_init.runcmd",
        holds=lambda subject: until("it ran", lambda: subject.alive("db").file("/data/ran") == "ran\n")),
    change((*FARM, OS), IMAGED, RECREATE, "image", holds=_is(lambda one: one.file("/etc/release") == "one")),
    _db("networks[0].address", impact=LIVE, networks=[{"network": "{back}", "address": "10.40.0.78"}],
        holds=_is(lambda one: "10.40.0.78/" in one.in_network(["ip", "-4", "addr", "show", "dev", "eth0"]))),
    _db("ports", impact=LIVE, ports=["127.0.0.1:8090:80"], holds=_port),
    _db("shutdown_timeout", impact=LIVE, shutdown_timeout="2s", holds=only_noted),
    _db("description", impact=LIVE, description="the database", holds=only_noted),
    _db("labels.a", impact=LIVE, labels={"a": "b"}, holds=only_noted),
)  # fmt: skip
