"""A definition that is changed keeps what libvirt and others put there."""

from xml.etree.ElementTree import Element

import pytest
from tests.unit.libvirt.machines.cases import place

from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.redefining import Kept, redefined
from virtwright.providers.libvirt.xml import attribute, from_text, text
from virtwright.schemas.machine import VirtualMachine

INPUTS = {"image": "/i.qcow2", "machine_type": "q35", "firmware": "uefi", "networks": ["front"], "guest_agent": True}
BASE = """
<domain type='kvm'>
  <name>shop_db</name><uuid>5c8d5c0e-0f3c-5d52-9a5c-3d0f1d1c6a4e</uuid>
  <metadata><os:libosinfo xmlns:os='http://libosinfo.org/xmlns/libvirt/domain/1.0'/></metadata>
  <memory unit='KiB'>1048576</memory><currentMemory unit='KiB'>1048576</currentMemory>
  <memoryBacking><hugepages/></memoryBacking>
  <vcpu placement='static'>1</vcpu>
  <cputune><vcpupin vcpu='0' cpuset='1'/></cputune>
  <os firmware='efi'>
    <type arch='x86_64' machine='pc-q35-9.1'>hvm</type>
    <firmware><feature enabled='no' name='secure-boot'/></firmware>
    <loader readonly='yes' type='pflash' format='raw'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>/var/lib/libvirt/qemu/nvram/shop_db_VARS.fd</nvram>
    <smbios mode='sysinfo'/>
  </os>
  <features><acpi/><apic/><hyperv mode='custom'><relaxed state='on'/></hyperv></features>
  <cpu mode='host-passthrough' check='none' migratable='on'/>
  <clock offset='utc'><timer name='hpet' present='no'/></clock>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' io='native'/><source file='/pool/vda'/><target dev='vda' bus='virtio'/><boot order='1'/>
      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
    </disk>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </controller>
    <controller type='virtio-serial' index='0'>
      <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>
    </controller>
    <interface type='network'>
      <mac address='@MAC@'/><source network='front'/><model type='virtio'/><driver queues='4'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </interface>
    <serial type='pty'>
      <log file='/var/log/libvirt/qemu/shop_db.console.log' append='on'/>
      <target type='isa-serial' port='0'><model name='isa-serial'/></target>
    </serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/><address type='virtio-serial' controller='0' bus='0' port='1'/>
    </channel>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='5' slot='0' function='0'/></source></hostdev>
    <watchdog model='itco' action='reset'/>
    <memballoon model='virtio'><address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/></memballoon>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
"""


def base(inputs: VirtualMachine) -> Element:
    return from_text(BASE.replace("@MAC@", place(inputs).macs[0]))


def again(kept: Kept | None = None, **changes: object) -> Element:
    before = VirtualMachine.model_validate(INPUTS)
    goal = VirtualMachine.model_validate({**INPUTS, **changes})
    return redefined(base(before), build_domain(goal, place(goal)), kept or Kept())


def test_what_the_inputs_say_is_changed() -> None:
    made = again(cpus=2, memory="2GiB", description="more")
    assert (text(made, "vcpu"), text(made, "memory"), text(made, "description")) == ("2", "2097152", "more")


@pytest.mark.parametrize(
    "path",
    [
        "memoryBacking/hugepages", "metadata/{http://libosinfo.org/xmlns/libvirt/domain/1.0}libosinfo", "cputune/vcpupin", "os/smbios", "features/hyperv/relaxed", "clock/timer", "devices/hostdev",
        "devices/watchdog", "on_poweroff", "devices/emulator", "devices/serial/target/model", "devices/controller[@model='pcie-root']",
    ],
)  # fmt: skip
def test_what_the_inputs_have_no_word_for_stays(path: str) -> None:
    assert again(cpus=2).find(path) is not None


def test_the_firmware_s_files_stay() -> None:
    made = again(cpus=2)
    assert text(made, "os/nvram") == "/var/lib/libvirt/qemu/nvram/shop_db_VARS.fd"
    assert text(made, "os/loader") == "/usr/share/OVMF/OVMF_CODE_4M.fd"
    assert attribute(made, "os/type", "machine") == "pc-q35-9.1"
    assert len(made.findall("os/firmware")) == 1


def test_devices_stay_where_the_guest_knows_them() -> None:
    made = again(disks=[{"volume": "more"}], networks=["front", "back"])
    old, new = made.findall("devices/disk")
    assert (attribute(old, "address", "bus"), attribute(old, "driver", "io")) == ("0x04", "native")
    assert new.find("address") is None
    first, second = made.findall("devices/interface")
    assert (attribute(first, "address", "bus"), attribute(first, "driver", "queues")) == ("0x01", "4")
    assert second.find("address") is None
    assert len(made.findall("devices/controller[@type='pci']")) == 2, "it has its ports already"


def test_what_the_inputs_no_longer_say_goes() -> None:
    made = again(image=None, networks=[], guest_agent=False, console=False)
    for name in ("disk", "interface", "channel", "serial", "console"):
        assert made.find(f"devices/{name}") is None, name


def test_a_hypervisor_s_own_cpu_stays_until_the_inputs_say_one() -> None:
    assert attribute(again(cpus=2), "cpu", "migratable") == "on"
    assert attribute(again(cpu={"mode": "maximum"}), "cpu", "mode") == "maximum"
    assert again(Kept(cpu=False)).find("cpu") is None


def test_another_machine_type_lays_out_everything_anew() -> None:
    made = again(Kept(platform=False), machine_type="pc")
    assert attribute(made, "os/type", "machine") == "pc"
    assert made.find("devices/disk/address") is None
    assert made.find("devices/controller[@model='pcie-root']") is None
    assert made.find("devices/interface/address") is None


def test_without_uefi_its_files_go() -> None:
    made = again(Kept(firmware=False), firmware="bios")
    assert (made.find("os/loader"), made.find("os/nvram"), attribute(made, "os", "firmware")) == (None, None, None)


def test_a_bus_that_changes_takes_the_address_with_it() -> None:
    made = again(virtualization="full", networks=[{"network": "front"}])
    interface = made.find("devices/interface")
    assert interface is not None
    assert attribute(interface, "model", "type") == "e1000"
    assert interface.find("address") is None
