"""A domain of LXC: a root file system and process 1, and no hardware.

https://libvirt.org/drvlxc.html
"""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.building.tuning import PERIOD, quota, share_of_time, shares, tuning_elements
from virtwright.providers.libvirt.machines.place import DiskPlace, Place, all_disks
from virtwright.providers.libvirt.xml import element
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine

INIT: Final = ("/sbin/init",)


def container_parts(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    """What stands between the name and the end of its domain."""
    own = inputs.libvirt or LibvirtMachine()
    yield element("vcpu", str(inputs.cpus), placement="static")
    yield from tuning_elements(inputs.resources, [*shares(inputs.resources, unified=place.unified), *_time(inputs)])
    init, *arguments = own.init or INIT
    yield element(
        "os",
        element("type", "exe", arch=place.architecture),
        element("init", init),
        *(element("initarg", each) for each in arguments),
    )
    yield element("features", element("privnet"))  # without it, one that joins no network would be on the host's own
    yield element("clock", offset="utc")
    yield element("on_crash", "destroy")
    yield element("devices", *_file_systems(inputs, place), *_interfaces(inputs, place), *_console(inputs))


def _time(inputs: VirtualMachine) -> Iterator[Element]:
    """It has no processors of its own: how many it is given is how much of the host's time it gets."""
    yield element("period", str(PERIOD))
    yield element("quota", str(quota(share_of_time(inputs))))


def _file_systems(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    """A folder comes before those in it, as they are mounted in this order."""
    pairs = zip(all_disks(inputs, seeded=place.seeded), place.disks, strict=True)
    for disk, at in sorted(pairs, key=lambda pair: pair[1].target.split("/")):
        yield _file_system(at, read_only=disk.read_only)


def _file_system(at: DiskPlace, *, read_only: bool) -> Element:
    source = at.source
    assert source is not None, "only CD-ROMs are empty"
    return element(
        "filesystem",
        None if source.block else element("driver", type="loop", format="raw"),
        element("source", **{"dev" if source.block else "file": source.path}),
        element("target", dir=at.target),
        element("readonly") if read_only else None,
        type="block" if source.block else "file",
        accessmode="passthrough",
    )


def _interfaces(inputs: VirtualMachine, place: Place) -> Iterator[Element]:
    for join, mac in zip(inputs.networks, place.macs, strict=True):
        yield element("interface", element("mac", address=mac), element("source", network=join.network), type="network")


def _console(inputs: VirtualMachine) -> Iterator[Element]:
    if inputs.console:
        yield element("console", element("target", type="lxc", port=0), type="pty")
