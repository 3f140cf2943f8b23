"""What each change of a machine costs here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from virtwright.providers.diff import Change, Diff, Impact, compare, differences
from virtwright.providers.libvirt.machines.drivers import ABILITIES, Abilities
from virtwright.providers.libvirt.machines.pairing import pair_disks, pair_networks
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import UNKNOWN, Path, Unknown

MACHINE: Final[Mapping[str, Impact]] = {
    "cpus": Impact.LIVE,
    "memory": Impact.LIVE,
    "max_cpus": Impact.REBOOT,
    "max_memory": Impact.REBOOT,
    "machine_type": Impact.REBOOT,
    "firmware": Impact.REBOOT,
    "virtualization": Impact.REBOOT,
    "cpu": Impact.REBOOT,
    "boot": Impact.REBOOT,
    "cloud_init": Impact.REBOOT,
    "disks": Impact.LIVE,
    "networks": Impact.LIVE,
    "graphics": Impact.REBOOT,
    "graphics.password": Impact.LIVE,
    "console": Impact.REBOOT,
    "guest_agent": Impact.LIVE,
    "autostart": Impact.LIVE,
    "power": Impact.LIVE,
    "resources": Impact.LIVE,
    "shutdown_timeout": Impact.LIVE,
    "switch_off": Impact.LIVE,
    "wait_for": Impact.LIVE,
    "description": Impact.LIVE,
    "labels": Impact.LIVE,
    "libvirt": Impact.REBOOT,
    "libvirt.move": Impact.NONE,
    "libvirt.stop_signal": Impact.LIVE,
    "namespace": Impact.NONE,
}
"""By field. What is not named means a new machine."""
_CONTENT: Final = frozenset({"image", "size", "format"})
"""Of a disk of the machine's own: what it was made of."""
_JOINING: Final = frozenset({"address", "address6", "aliases"})
"""Fields of an attachment that are no part of the device. An IPv6 address is set when the guest starts."""


def machine_diff(prior: VirtualMachine, goal: VirtualMachine, abilities: Abilities) -> Diff:
    """Name, addresses and files are taken until the old one is gone."""
    apart: dict[str, object] = {"disks": [], "networks": []}
    found = compare(
        _comparable(prior).model_copy(update=apart),
        _comparable(goal).model_copy(update=apart),
        MACHINE,
        delete_before_create=True,
    )
    changes = (
        *(_weighed(change, prior, goal, abilities) for change in found.changes),
        *_disk_changes(prior, goal),
        *_network_changes(prior, goal),
    )
    weighed = tuple(_without_plugging(change, abilities) for change in changes)
    return Diff(weighed, found.delete_before_create, _unsettled(weighed, goal))


def _without_plugging(change: Change, abilities: Abilities) -> Change:
    fixed = change.path[0] in ABILITIES["qemu"].plugs - abilities.plugs
    size = change.path[0] == "disks" and change.path[-1] == "size" and not abilities.grows_disks
    if (fixed or size) and change.impact is Impact.LIVE and change.path[-1] not in _JOINING:
        return replace(change, impact=Impact.REBOOT)
    return change


def _comparable(inputs: VirtualMachine) -> VirtualMachine:
    return inputs.model_copy(update={"libvirt": LibvirtMachine()}) if inputs.libvirt is None else inputs


def _unsettled(changes: Sequence[Change], goal: VirtualMachine) -> frozenset[str]:
    """A start gives other addresses only where none are fixed."""
    fields = {change.path[0] for change in changes}
    joined = goal.networks if isinstance(goal.networks, list) else [None]
    fixed = all(isinstance(getattr(join, "address", None), str) for join in joined)
    moves = "networks" in fields or ("power" in fields and not fixed)
    joins = frozenset({"address", "addresses"}) if moves else frozenset()
    return joins | (frozenset({"state"}) if "power" in fields else frozenset())


def _weighed(change: Change, prior: VirtualMachine, goal: VirtualMachine, abilities: Abilities) -> Change:
    """Live within what the running machine may have, and with virtio devices."""
    field = change.path[0]
    if field == "cpus" and not abilities.has_cpus:
        return change
    if field in ("cpus", "memory") and not _within(str(field), prior, goal):
        return replace(change, impact=Impact.REBOOT)
    if change.path == ("graphics", "password") and None in (change.prior, change.goal):
        return replace(change, impact=Impact.REBOOT)  # without one at the start there is nothing that could be changed
    if field == "guest_agent" and goal.virtualization != "paravirtual":
        return replace(change, impact=Impact.REBOOT)
    return change


def _within(field: str, prior: VirtualMachine, goal: VirtualMachine) -> bool:
    wanted, has = getattr(goal, field), getattr(prior, f"max_{field}") or getattr(prior, field)
    if isinstance(wanted, Unknown) or isinstance(has, Unknown):
        return False
    return bool(wanted <= has) and (field == "cpus" or goal.virtualization == "paravirtual")


def _disk_changes(prior: VirtualMachine, goal: VirtualMachine) -> Iterator[Change]:
    before, after = _listed(prior.disks), _listed(goal.disks)
    if before is None or after is None:
        yield Change(("disks",), _plain(prior.disks), _plain(goal.disks), Impact.REBOOT)
        return
    plugs = goal.virtualization == "paravirtual"
    pairs = pair_disks(before, after)
    for index, old in enumerate(pairs):
        if old is None:
            impact = Impact.LIVE if plugs and _plugs_in(after[index]) else Impact.REBOOT
            yield Change(("disks", index), None, to_properties(after[index]), impact)
            continue
        for path, was, wanted in differences(to_properties(before[old]), to_properties(after[index]), ("disks", index)):
            yield Change(path, was, wanted, _disk_impact(path, before[old], after[index], plugs=plugs))
    for index in sorted({*range(len(before))} - {old for old in pairs if old is not None}):
        impact = Impact.LIVE if plugs and _plugs_in(before[index]) else Impact.REBOOT
        yield Change(("disks", index), to_properties(before[index]), None, impact)


def _plugs_in(disk: Any) -> bool:
    """Whether it can come and go while the machine runs: virtio, SCSI and USB can."""
    return disk.device == "disk" and disk.bus in (None, "virtio", "scsi", "usb")


def _disk_impact(path: Path, old: Any, new: Any, *, plugs: bool) -> Impact:
    field = path[2]
    if field == "mount":
        return Impact.LIVE
    if new.device == "cdrom" and old.device == "cdrom" and field in ("image", "volume"):
        return Impact.LIVE
    if field == "volume":
        return Impact.LIVE if plugs and _plugs_in(old) and _plugs_in(new) else Impact.REBOOT
    if field == "size" and (old.size is None or UNKNOWN in (old.size, new.size) or (new.size or 0) >= old.size):
        return Impact.LIVE
    return Impact.RECREATE if field in _CONTENT and new.device == "disk" else Impact.REBOOT


def _network_changes(prior: VirtualMachine, goal: VirtualMachine) -> Iterator[Change]:
    before, after = _listed(prior.networks), _listed(goal.networks)
    if before is None or after is None:
        yield Change(("networks",), _plain(prior.networks), _plain(goal.networks), Impact.REBOOT)
        return
    pairs = pair_networks(before, after)
    for index, old in enumerate(pairs):
        if old is None:
            yield Change(("networks", index), None, to_properties(after[index]), _nic_impact(after[index], goal))
            continue
        was, wanted = to_properties(before[old]), to_properties(after[index])
        for path, one, other in differences(was, wanted, ("networks", index)):
            yield Change(path, one, other, _joining_impact(path, before[old], after[index], goal))
    for index in sorted({*range(len(before))} - {old for old in pairs if old is not None}):
        yield Change(("networks", index), to_properties(before[index]), None, _nic_impact(before[index], goal))


def _joining_impact(path: Path, old: Any, new: Any, goal: VirtualMachine) -> Impact:
    """An interface that becomes another one is taken out, and the new one put in."""
    if path[2] in _JOINING:
        return Impact.REBOOT if path[2] == "address6" else Impact.LIVE
    return Impact.REBOOT if path[2] == "boot_order" else max(_nic_impact(old, goal), _nic_impact(new, goal))


def _nic_impact(join: Any, goal: VirtualMachine) -> Impact:
    plugs = goal.virtualization == "paravirtual" and join.model in (None, "virtio")
    return Impact.LIVE if plugs else Impact.REBOOT


def _listed(items: Any) -> list[Any] | None:
    """None where the list, an item, or what tells the items apart is not known yet."""
    if not isinstance(items, list) or any(isinstance(each, Unknown) for each in items):
        return None
    return items


def _plain(items: Any) -> Any:
    return (
        items
        if not isinstance(items, list)
        else [each if isinstance(each, Unknown) else to_properties(each) for each in items]
    )
