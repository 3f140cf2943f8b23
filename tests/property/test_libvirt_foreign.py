"""Domains that are broken in any way are read, or refused with a clear error: never anything else."""

import copy
import os
import random
from typing import Final
from xml.etree.ElementTree import fromstring

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hostile_texts import break_xml

from virtwright.errors import VirtwrightError
from virtwright.providers.libvirt.machines.foreign.telling import tell
from virtwright.schemas.machine import VirtualMachine

SOAK: Final = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
_DOMAIN: Final = """
<domain type='kvm' id='3'><name>web</name><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid><title>Web</title>
<description>the web server</description><memory unit='KiB'>2097152</memory><currentMemory unit='MiB'>1024</currentMemory>
<vcpu placement='static' current='2'>4</vcpu><os firmware='efi'><type arch='x86_64' machine='pc-q35-9.0'>hvm</type>
<firmware><feature enabled='yes' name='secure-boot'/></firmware><kernel>/boot/vmlinuz</kernel><cmdline>quiet</cmdline></os>
<cpu mode='custom' match='exact'><model fallback='allow'>Skylake-Server</model><topology sockets='1' cores='4' threads='1'/>
<feature policy='disable' name='vmx'/></cpu><clock offset='utc'><timer name='hpet' present='no'/></clock><on_crash>restart</on_crash>
<blkiotune><weight>500</weight></blkiotune><memtune><hard_limit unit='G'>4</hard_limit></memtune>
<cputune><shares>2048</shares><global_period>100000</global_period><global_quota>150000</global_quota></cputune>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' discard='unmap'/><source file='/srv/web.qcow2'/>
<target dev='vda' bus='virtio'/><serial>WEB1</serial><boot order='1'/></disk>
<disk type='file' device='cdrom'><source file='/srv/a.iso'/><target dev='sda' bus='sata'/><readonly/></disk>
<interface type='network'><mac address='52:54:00:11:22:33'/><source network='default'/><model type='virtio'/></interface>
<interface type='bridge'><mac address='52:54:00:11:22:34'/><source bridge='br0'/></interface>
<graphics type='vnc' port='5901' autoport='no' listen='127.0.0.1' passwd='secret'/><video><model type='virtio'/></video>
<serial type='pty'><target port='0'/></serial><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<watchdog model='i6300esb' action='reset'/><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev></devices></domain>
"""


@settings(max_examples=400 * SOAK)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 12))
def test_a_broken_domain_is_read_or_refused(seed: int, count: int) -> None:
    chance, root = random.Random(seed), copy.deepcopy(_WHOLE)
    for _ in range(count):
        break_xml(root, chance)
    try:
        inputs, unsaid = tell(root, lambda path: path)
    except VirtwrightError:
        return
    VirtualMachine.model_validate(inputs.model_dump(by_alias=True))
    assert all(each.strip() for each in unsaid)
    assert "secret" not in "".join(unsaid)


_WHOLE: Final = fromstring(_DOMAIN)
