"""What each of libvirt's drivers can do with machines. All code that depends on the driver asks this table."""

from collections.abc import Mapping
from typing import Final, Literal

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.connection.address import Driver
from virtwright.providers.libvirt.machines.layout import DEVICES, FOLDERS, XEN_DEVICES, Layout

Asking = Literal["acpi", "driver", "signal"]
"""How a guest is asked to shut down: by its agent or the power button, as the driver does it, or by a signal to process 1."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of one driver."""

    types: tuple[str, ...]
    """Its domain types."""
    plugs: frozenset[str] = frozenset()
    """Fields whose changes it carries out while the machine runs, where these are such that a hypervisor may not."""
    plugged_nics: frozenset[str | None] = frozenset()
    """Models of network interfaces that come and go meanwhile."""
    updates_devices: bool = True
    """A device of a running machine can be changed. Else it is taken out and put in again."""
    grows_disks: bool = True
    """A disk becomes larger while its machine runs. Else at its next start."""
    has_cpus: bool = True
    """Machines have processors of their own. Else ``cpus`` is how much of the host's time they get."""
    has_groups: bool = False
    """Shares and limits are those of the host's control groups."""
    tells_balloon: bool = True
    """It tells how much memory a running machine has been given. Else what of it is in use."""
    tells_offers: bool = False
    """Its offers (libvirt's domain capabilities) are all that it can do. That of Xen takes more than it tells."""
    starts_paused: bool = True
    keeps_leftovers: bool = False
    """libvirt keeps files of a machine that go with its definition: variables of its firmware, the state of its TPM."""
    forgets_saved: bool = True
    """A definition is removed together with a saved memory. Else there is none."""
    knows_snapshots: bool = True
    """A definition is removed together with what is known of snapshots. Else there are none."""
    has_snapshots: bool = True
    logs_console: bool = False
    guards_console: bool = True
    """It lets one at a time sit at a console."""
    carries: bool = True
    """Its machines move to other hosts, and into files."""
    asks: Asking = "driver"
    layout: Layout = DEVICES


ABILITIES: Final[Mapping[Driver, Abilities]] = {
    "qemu": Abilities(
        types=("kvm", "qemu"),
        plugs=frozenset({"disks", "networks", "graphics", "guest_agent", "resources"}),
        plugged_nics=frozenset({"virtio"}),
        has_groups=True,
        tells_offers=True,
        keeps_leftovers=True,
        logs_console=True,
        asks="acpi",
    ),
    "lxc": Abilities(
        types=("lxc",),
        plugs=frozenset({"networks", "resources"}),
        plugged_nics=frozenset({None}),
        updates_devices=False,
        has_cpus=False,
        has_groups=True,
        tells_balloon=False,
        starts_paused=False,
        forgets_saved=False,
        knows_snapshots=False,
        has_snapshots=False,
        guards_console=False,
        carries=False,
        asks="signal",
        layout=FOLDERS,
    ),
    "xen": Abilities(
        types=("xen",),
        plugs=frozenset({"disks", "networks"}),
        plugged_nics=frozenset({"netfront"}),
        updates_devices=False,
        grows_disks=False,
        knows_snapshots=False,
        layout=XEN_DEVICES,
    ),
    "test": Abilities(types=("test",)),
}
