"""The documents of a seed, from a machine's inputs. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from virtwright.providers.libvirt.cloud_init.mounts import mounts
from virtwright.providers.libvirt.cloud_init.network_config import network_config
from virtwright.providers.libvirt.cloud_init.user_data import user_data
from virtwright.providers.libvirt.cloud_init.yaml_text import to_yaml
from virtwright.providers.libvirt.machines.place import bus_of
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.machine import VirtualMachine

_NETWORK_AT_EACH_BOOT: Final[Mapping[str, Any]] = {"updates": {"network": {"when": ["boot-new-instance", "boot"]}}}
"""So that an interface that came later is configured at the next restart."""


def documents(
    inputs: VirtualMachine, *, name: str, uuid: str, macs: Sequence[str], mounts_disks: bool = True
) -> Mapping[str, str]:
    """The files of the seed. What the user wrote is the user data; what follows from the machine's devices is the vendor
    data, which any user data goes before. ``name`` is its name where the inputs give none, ``macs`` the hardware address of each of
    its networks. ``mounts_disks``: the guest sees disks, and not what is mounted already."""
    config = inputs.cloud_init or CloudInit()
    files = {
        "meta-data": to_yaml({"instance-id": instance_id(inputs, uuid), "local-hostname": config.hostname or name}),
        "user-data": user_data(config),
        "vendor-data": "#cloud-config\n"
        + to_yaml({**_NETWORK_AT_EACH_BOOT, **(_mounts(inputs) if mounts_disks else {})}),
    }
    if config.network_config is not None:
        return files | {"network-config": config.network_config}
    network = network_config(inputs.networks, macs)
    return files if network is None else files | {"network-config": to_yaml(network)}


def instance_id(inputs: VirtualMachine, uuid: str) -> str:
    """By which cloud-init tells a first start: another one for another machine, and for another ``cloud_init`` of the same one.
    Networks and disks that come and go don't change it."""
    config = inputs.cloud_init or CloudInit()
    declared = [user_data(config), config.network_config or "", config.hostname or ""]
    digest = hashlib.sha256("\0".join([uuid, *declared]).encode()).hexdigest()
    return f"{uuid}-{digest[:12]}"


def _mounts(inputs: VirtualMachine) -> Mapping[str, Any]:
    return mounts([(disk, bus_of(disk, inputs)) for disk in inputs.disks])
