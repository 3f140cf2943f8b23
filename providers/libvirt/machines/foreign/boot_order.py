"""What a foreign machine boots, where its XML says it by the sort of device. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

Device = dict[str, Any]


def order_of_boot(domain: Element, disks: Sequence[Device], networks: Sequence[Device]) -> None:
    """Write ``boot_order`` into the first device of each sort that ``<os>`` names. That the first disk is booted needs no word."""
    sorts = [each.get("dev") for each in domain.iterfind("os/boot")]
    if sorts == ["hd"] or any("boot_order" in each for each in (*disks, *networks)):
        return
    for number, device in enumerate(_chosen(sorts, disks, networks), 1):
        device["boot_order"] = number


def _chosen(sorts: Sequence[str | None], disks: Sequence[Device], networks: Sequence[Device]) -> Iterator[Device]:
    for sort in dict.fromkeys(sorts):
        devices = networks if sort == "network" else [each for each in disks if _SORTS.get(sort) == each["device"]]
        yield from devices[:1]


_SORTS: Final[Mapping[str | None, str]] = {"hd": "disk", "cdrom": "cdrom"}
