"""Machines and networks for tests that need a real guest and none of virtwright's handlers."""

from typing import Any, Final

from tests.guests.booting import boot
from virtwright.providers.libvirt.xml import element, to_text

MAC: Final = "52:54:00:4c:33:01"
_NETWORK: Final = """
<network><name>{name}</name><bridge name='{name}'/><ip address='10.73.{part}.1' netmask='255.255.255.0'>
<dhcp><range start='10.73.{part}.10' end='10.73.{part}.99'/></dhcp></ip></network>
"""


def start_network(api: Any, name: str, part: int) -> None:
    """An isolated one, ``10.73.PART.0/24``, with DHCP."""
    api.networkDefineXML(_NETWORK.format(name=name, part=part))
    api.networkLookupByName(name).create()


def define_guest(api: Any, name: str, network: str, log: str, *words: str, disks: tuple[str, ...] = ()) -> Any:
    """A machine that boots a test guest, with a NIC, an agent's channel, a serial console and raw ``disks``. It is not
    started."""
    with_kernel = boot(*words)
    devices = element(
        "devices",
        *(_disk(path, number) for number, path in enumerate(disks)),
        element("interface", element("mac", address=MAC), element("source", network=network),
                element("model", type="virtio"), type="network"),
        element("serial", element("log", file=log, append="on"), type="pty"),
        element("channel", element("target", type="virtio", name="org.qemu.guest_agent.0"), type="unix"),
        element("video", element("model", type="none")),
    )  # fmt: skip
    domain = element(
        "domain",
        element("name", name),
        element("memory", "196608", unit="KiB"),
        element("vcpu", "1"),
        element(
            "os",
            element("type", "hvm", arch="x86_64", machine="q35"),
            *(element(tag, text) for tag, text in with_kernel.items()),
        ),
        element("features", element("acpi")),
        devices,
        type="qemu",
    )
    return api.defineXML(to_text(domain))


def _disk(path: str, number: int) -> Any:
    return element(
        "disk",
        element("driver", name="qemu", type="raw"),
        element("source", file=path),
        element("target", dev=f"vd{chr(ord('a') + number)}", bus="virtio"),
        type="file",
        device="disk",
    )
