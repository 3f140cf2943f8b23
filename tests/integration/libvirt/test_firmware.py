"""UEFI, secure boot, TPM, displays and disk buses on real QEMU, with Debian's own firmware (OVMF) and TPM (swtpm)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.guests.booting import boot
from tests.guests.kernel import cloud_kernel
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab
from tests.waiting import until

from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.providers.libvirt.xml import from_text

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(900)]
PLAIN: dict[str, Any] = {"type": "qemu"}
SECURE: dict[str, Any] = {"type": "qemu", "secure_boot": True}
UEFI: dict[str, Any] = {"firmware": "uefi", "machine_type": "q35", "memory": "128MiB", "shutdown_timeout": 0}
SECRET = "geheimes"
TEMPLATES = Path("/usr/share/OVMF")
PATIENCE = 300.0
_RFB = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as line:
    hello = line.recv(12)
    line.sendall(hello)
    count = line.recv(1)[0]
    print(hello.decode().strip(), *line.recv(count))
"""


def made(host: LibvirtProvider, **inputs: Any) -> Made:
    return Made(host, "VirtualMachine", "db", **{**UEFI, **inputs})


def variables(lab: LibvirtLab) -> bytes | None:
    """Those of the machine's firmware."""
    path = lab.folder / "lib/qemu/nvram/shop_prod_db_VARS.fd"
    return path.read_bytes() if path.exists() else None


def tpm_states(lab: LibvirtLab) -> list[bytes]:
    return [path.read_bytes() for path in sorted((lab.folder / "lib").glob("swtpm/*/tpm2/*.permall"))]


def template(name: str) -> bytes:
    return (TEMPLATES / f"OVMF_VARS_4M{name}.fd").read_bytes()


def test_variables_and_the_tpm_live_as_long_as_the_machine(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    """Paused from the start, nothing in it writes them. They stay with each change but one of the firmware itself, which has keys
    of its own; and they go with the machine, also where it has them no more."""
    now: dict[str, Any] = {**UEFI, "power": "paused", "libvirt": {**SECURE, "tpm": True}}
    machine = made(host, **now)
    assert variables(libvirt_lab) == template(".ms"), "the keys of secure boot are in them"
    assert "OVMF_CODE_4M" in libvirt_lab.api.lookupByName("shop_prod_db").XMLDesc()
    (state,) = tpm_states(libvirt_lab)
    assert machine.drift() == []
    written = libvirt_lab.folder / "lib/qemu/nvram/shop_prod_db_VARS.fd"
    written.write_bytes(own := b"mine" + template(".ms")[4:])

    now |= {"memory": "160MiB"}
    machine.change("a1", **now)
    assert (variables(libvirt_lab), tpm_states(libvirt_lab)) == (own, [state])
    now |= {"libvirt": PLAIN}
    machine.change("a2", **now)
    assert variables(libvirt_lab) == template("")
    now |= {"libvirt": SECURE, "power": "stopped"}
    machine.change("a3", **now)
    assert variables(libvirt_lab) == template(""), "it has not started with it yet"
    now |= {"power": "paused"}
    machine.change("a4", **now)
    assert variables(libvirt_lab) == template(".ms")
    now |= {"firmware": "bios", "libvirt": PLAIN}
    machine.change("a5", **now)
    assert machine.drift() == []
    assert len(tpm_states(libvirt_lab)) == 1, "nothing is lost by a change"
    machine.delete()
    assert (variables(libvirt_lab), tpm_states(libvirt_lab)) == (None, [])
    assert libvirt_lab.api.listAllDomains() == []


def uefi_boot() -> dict[str, str]:
    return boot() | {"kernel": str(cloud_kernel().image)}


def says(lab: LibvirtLab, words: bytes) -> bool:
    """On its serial console."""
    log = lab.folder / "log/qemu/shop_prod_db.console.log"
    return log.exists() and words in log.read_bytes()


def test_secure_boot_knows_what_is_not_signed(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    """The firmware runs, and says that the test's kernel bears no signature that it trusts."""
    made(host, boot=uefi_boot(), memory="256MiB", libvirt=SECURE)
    unsigned = b"Secure boot image verification failed"
    until("the firmware looks at the kernel", lambda: says(libvirt_lab, unsigned), PATIENCE)


@pytest.mark.long
def test_a_guest_is_started_by_uefi(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    made(host, boot=uefi_boot(), memory="256MiB", libvirt={**PLAIN, "tpm": True})
    until("the guest is up", lambda: says(libvirt_lab, b"guest is up"), PATIENCE)


@pytest.mark.parametrize("kind", ["vnc", "spice"])
def test_a_display_listens_where_it_is_told_and_keeps_its_password(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, kind: str
) -> None:
    display = {"type": kind, "listen": "127.0.0.1", "password": SECRET}
    now = {"libvirt": PLAIN, "power": "paused", "firmware": None, "graphics": display}
    machine = made(host, **now)
    domain = libvirt_lab.api.lookupByName("shop_prod_db")
    found = re.search(r"<graphics type='(\w+)' port='(\d+)'", domain.XMLDesc())
    assert found is not None and found[1] == kind
    assert f"127.0.0.1:{found[2]} " in libvirt_lab.run("ss", "-ltn")
    if kind == "vnc":
        told = libvirt_lab.run("python3", "-c", _RFB, found[2])
        assert told.split() == ["RFB", "003.008", "2"], "a password is asked for"
    assert SECRET in domain.XMLDesc(1) and SECRET not in re.sub("(?s)<graphics.*?>", "", domain.XMLDesc(1))
    seen = machine.observed()
    assert SECRET not in json.dumps([seen.outputs.model_dump(), str(seen.stamp)])
    assert SECRET not in libvirt_lab.run("cat", *map(str, _command_lines(libvirt_lab)))
    assert machine.drift() == []
    machine.change(**{**UEFI, **now, "graphics": "none"})
    assert "<graphics" not in domain.XMLDesc(2) and machine.drift() == []


def _command_lines(lab: LibvirtLab) -> list[str]:
    return [f"/proc/{pid}/cmdline" for pid in lab.run("pgrep", "-f", "qemu-system").split()]


def test_disks_on_every_bus_in_the_order_of_the_stack(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    buses = ("virtio", "scsi", "sata", "usb", "ide")
    disks: list[dict[str, Any]] = [{"size": "1MiB", "bus": bus} for bus in buses]
    disks[3]["boot_order"], disks[1]["boot_order"] = 1, 2
    tools = Made(host, "Volume", "tools", size="1MiB", format="raw")
    disks.append({"volume": str(tools.outputs.name), "device": "cdrom", "bus": "sata"})
    machine = made(
        host, firmware=None, machine_type="pc", power="paused", disks=disks, libvirt={**PLAIN, "watchdog": "reset"}
    )
    root = from_text(libvirt_lab.api.lookupByName("shop_prod_db").XMLDesc())
    found = [(each.find("target"), each.find("boot")) for each in root.iterfind("devices/disk")]
    assert sorted(str(target.get("bus")) for target, _ in found if target is not None) == sorted([*buses, "sata"])
    orders = {boot.get("order"): target.get("bus") for target, boot in found if boot is not None and target is not None}
    assert orders == {"1": "usb", "2": "scsi"}
    assert machine.drift() == []
