"""Machines on libvirt's LXC driver as a subject, with what they need. Networks and storage are QEMU's, which was held to the contract
already: here are the cells in which a container differs."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from tests.contract.libvirt import machines
from tests.contract.libvirt.items import BACK
from tests.contract.libvirt.subject import QemuSubject
from tests.contract.namespace.change import change
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm, Sample
from tests.guests.container_root import container_root
from tests.libvirt_lab import SHARED
from tests.programs import Item

from virtwright.providers.diff import Impact

LIVE, REBOOT = Impact.LIVE, Impact.REBOOT
SYSTEM = Item("Image", "system", {"source": {"file": "@here/system.raw"}, "format": "raw"})
DATA = Item("Volume", "data", {"size": "4MiB", "source": {"content": "@here/content"}})
NEEDS = (BACK, SYSTEM, DATA)
DB = Item(
    "VirtualMachine",
    "db",
    {
        "memory": "32MiB",
        "image": "{system.reference}",
        "networks": [{"network": "{back}", "address": "10.40.0.10"}],
        "disks": [{"volume": "{data}", "mount": "/srv"}],
        "shutdown_timeout": 0,
    },
    uses=("back", "system", "data"),
)
ALL = (*NEEDS, DB)


def _time(subject: Any) -> None:
    assert machines.machine(subject).schedulerParametersFlags(1)["vcpu_quota"] == 200_000


def _mounts(subject: Any) -> None:
    init = subject.lab.run("pgrep", "-P", str(machines.machine(subject).ID())).split()[0]
    mounts = subject.lab.run("cat", f"/proc/{init}/mounts")
    assert " /opt/data ext4 " in mounts and " /srv " not in mounts


CHANGES: tuple[FieldChange, ...] = (
    *(each for each in machines.changes(DB, NEEDS) if each.name == "VirtualMachine.power"),
    change(ALL, altered(DB, cpus=2), LIVE, "cpus", holds=_time),
    change(ALL, altered(DB, disks=[{"volume": "{data}", "mount": "/opt/data"}]), REBOOT, "disks[0].mount", holds=_mounts),
    change(ALL, altered(DB, libvirt={"init": ["/bin/sh", "/sbin/init"]}), REBOOT, "libvirt.init", holds=machines.says("<initarg>")),
)  # fmt: skip


class LxcSubject(QemuSubject):
    """The same daemon, emptied."""

    name: ClassVar[str] = "lxc"
    samples: ClassVar[Mapping[str, Sample]] = {"VirtualMachine": Sample(DB, NEEDS, machines.true_outputs)}
    changes: ClassVar[Sequence[FieldChange]] = CHANGES
    harms: ClassVar[Sequence[Harm]] = machines.harms(DB, NEEDS)[:1]
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = ((ALL, "data"),)
    broken: ClassVar[Sequence[tuple[Item, ...]]] = ()
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = (
        ALL,
        (*NEEDS, altered(DB, cloud_init={"runcmd": ["true"]})),
    )
    failpoints: ClassVar[Sequence[str]] = ()
    stride: ClassVar[int] = 40

    def __enter__(self) -> Self:
        super().__enter__()
        container_root(self.here / "system.raw")
        return self

    @property
    def api(self) -> Any:
        return SHARED.get().lxc_api

    @property
    def uri(self) -> str:
        return SHARED.get().lxc_uri
