"""Which disk and which network interface is which, before and after a change: by what they are, not by their place in a list."""

from collections.abc import Callable, Sequence
from typing import Any

from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.model import to_properties
from virtwright.schemas.storage import Disk

Key = Callable[[Any], Any]


def pair_disks(before: Sequence[Disk], after: Sequence[Disk]) -> list[int | None]:
    """For each disk of ``after``, the index of the same one in ``before``; None for a new one.

    A volume is the same by its name. A disk of the machine's own, or a CD-ROM, is the same if nothing of it changed, else by its
    serial number. Of those that are left, the first is the first of the same sort."""
    keys: list[Key] = [
        lambda disk: ("volume", disk.volume, disk.device) if disk.volume is not None else None,
        lambda disk: ("same", repr(to_properties(disk))) if disk.volume is None else None,
        lambda disk: ("serial", disk.serial, disk.device) if disk.volume is None and disk.serial else None,
        lambda disk: ("order", disk.device, disk.device == "disk" and disk.volume is None),
    ]
    return _pair(before, after, keys)


def pair_networks(before: Sequence[NetworkAttachment], after: Sequence[NetworkAttachment]) -> list[int | None]:
    """For each attachment of ``after``, the index of the same one in ``before``; None for a new one: by its MAC address where it
    has one, else by the network. Of those that are left, the first is the first."""
    keys: list[Key] = [
        lambda join: ("mac", join.mac) if join.mac is not None else None,
        lambda join: ("network", join.network, join.mac),
        lambda join: ("network", join.network),
        lambda join: "any",
    ]
    return _pair(before, after, keys)


def _pair(before: Sequence[Any], after: Sequence[Any], keys: Sequence[Key]) -> list[int | None]:
    found: list[int | None] = [None] * len(after)
    left = list(range(len(before)))
    for key in keys:
        for index, item in enumerate(after):
            wanted = key(item)
            if found[index] is not None or wanted is None:
                continue
            same = next((each for each in left if key(before[each]) == wanted), None)
            if same is not None:
                found[index] = same
                left.remove(same)
    return found
