"""The inputs that are in force: those that were declared, but for what differs now from how libvirt first wrote them down."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.cpu import CpuTopology
from virtwright.schemas.machine import KernelBoot, VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine
from virtwright.schemas.storage import Disk

Settings = Mapping[str, Any]
UNTOLD: Final = frozenset({"cloud_init", "namespace"})
"""Fields that a domain doesn't tell, or that are nothing on a libvirt host."""
_PLAIN: Final = ("cpus", "max_cpus", "memory", "max_memory", "architecture", "machine_type", "firmware", "console",
                 "guest_agent", "description")  # fmt: skip
_NESTED: Final = ("cpu", "graphics", "resources", "libvirt")


def in_force(declared: VirtualMachine, record: MachineRecord, now: Settings) -> VirtualMachine:
    """``declared`` with what differs between the record's settings and those of ``now``. Values may be some that the
    vocabulary does not know: they are for comparison and for people."""
    said = record.said or now
    changes: dict[str, Any] = {name: now[name] for name in _PLAIN if now[name] != said[name]}
    if now["boot"] != said["boot"]:
        boot = now["boot"]
        changes["boot"] = KernelBoot.model_construct(**boot) if isinstance(boot, dict) else boot
    for name in _NESTED:
        if now[name] != said[name]:
            changes[name] = _nested(getattr(declared, name) or LibvirtMachine(), said[name], now[name])
    if now["disks"] != said["disks"]:
        changes["disks"] = _disks(declared, record, said["disks"], now["disks"])
    if now["networks"] != said["networks"]:
        changes["networks"] = _networks(declared, record, said["networks"], now["networks"])
    return declared.model_copy(update=changes) if changes else declared


def root_is_missing(declared: VirtualMachine, record: MachineRecord, now: Settings) -> bool:
    """Whether the disk that was made from the image is not in the machine."""
    targets = {disk["target"] for disk in now["disks"]}
    return declared.image is not None and bool(record.disks) and record.disks[0] not in targets


def _nested(declared: Any, said: Settings, now: Settings) -> Any:
    changes = {name: value for name, value in now.items() if value != said.get(name)}
    if isinstance(topology := changes.get("topology"), dict):
        changes["topology"] = CpuTopology.model_construct(**topology)
    return declared.model_copy(update=changes)


def _disks(
    declared: VirtualMachine, record: MachineRecord, said: Sequence[Settings], now: Sequence[Settings]
) -> list[Disk]:
    first = 1 if declared.image is not None else 0
    before, after = _by(said, "target"), _by(now, "target")
    found = [
        _disk(disk, before.get(target, {}), after[target])
        for disk, target in zip(declared.disks, record.disks[first:], strict=False)
        if target in after
    ]
    more = [each for target, each in after.items() if target not in before]
    return [*found, *(_foreign_disk(each) for each in more)]


def _disk(disk: Disk, before: Settings, after: Settings) -> Disk:
    changes = {name: value for name, value in after.items() if value != before.get(name)}
    if "path" in changes:
        changes["volume" if disk.volume is not None else "image"] = changes.pop("path")
    return disk.model_copy(update=changes)


def _foreign_disk(disk: Settings) -> Disk:
    told = {name: disk[name] for name in ("bus", "device", "read_only")}
    where = "image" if disk["device"] == "cdrom" else "volume"
    return Disk.model_construct(**{where: disk["path"], **told})


def _networks(
    declared: VirtualMachine, record: MachineRecord, said: Sequence[Settings], now: Sequence[Settings]
) -> list[NetworkAttachment]:
    before, after = _by(said, "mac"), _by(now, "mac")
    found = [
        _join(join, before.get(mac, {}), after[mac])
        for join, mac in zip(declared.networks, record.macs, strict=False)
        if mac in after
    ]
    more = [each for mac, each in after.items() if mac not in before]
    return [*found, *(NetworkAttachment.model_construct(network=each["network"], mac=each["mac"]) for each in more)]


def _join(join: NetworkAttachment, before: Settings, after: Settings) -> NetworkAttachment:
    return join.model_copy(update={name: value for name, value in after.items() if value != before.get(name)})


def _by(items: Sequence[Settings], key: str) -> dict[str, Settings]:
    return {each[key]: each for each in items}
