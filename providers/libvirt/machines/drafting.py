"""What a machine is to become on its host: where its disks lie, what it is called, what its definition says. Only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.cloud_init.seed import documents
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines import console_log
from virtwright.providers.libvirt.machines.capabilities import Capabilities
from virtwright.providers.libvirt.machines.definition import (
    Definition,
    Draft,
    draft_again,
    draft_for_restart,
    draft_new,
    mac_of,
)
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.machines.layout import Layout
from virtwright.providers.libvirt.machines.place import Place
from virtwright.providers.libvirt.machines.sourcing import OwnDisk, source_disks
from virtwright.providers.libvirt.stamps import new_uuid
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.urn import Urn


@dataclass(frozen=True, slots=True)
class Seed:
    """The file that cloud-init reads."""

    path: str
    documents: Mapping[str, str]


def own_seeds(own: Sequence[str], machine: str, layout: Layout) -> list[str]:
    """Those of a machine's own files that are made for cloud-init to read."""
    names = {path: path.rpartition("/")[2] for path in own}
    suffix = f".{layout.seed_suffix}"
    return [path for path, name in names.items() if name.startswith(f"{machine}-seed") and name.endswith(suffix)]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A definition, and what has to be there for it."""

    draft: Draft
    place: Place
    new: tuple[OwnDisk, ...]
    seed: Seed | None


class Drafter:
    """Of one host's machines."""

    def __init__(self, connection: LibvirtConnection, files: Files, capabilities: Capabilities) -> None:
        self._libvirt = connection
        self._files = files
        self._capabilities = capabilities
        self._abilities = ABILITIES[connection.address.driver]

    def new(self, stamp: Stamp, inputs: VirtualMachine, name: str) -> Drafted:
        """Raises ``HostError`` where a volume or image is missing, ``UnsupportedError`` for what the host can't run."""
        drafted = self._drafted(stamp, inputs, name, new_uuid(stamp), None)
        return replace(drafted, seed=self._seed(stamp, inputs, drafted.place))

    def again(self, stamp: Stamp, prior: VirtualMachine, goal: VirtualMachine, now: Definition) -> Drafted:
        """Of a machine that is there. ``prior`` knows what the host can't tell. Raises as ``new`` does."""
        drafted = self._drafted(stamp, goal, now.name, now.uuid, now)
        own = self._seed(stamp, goal, drafted.place)
        if own is not None and not self._is_written(own, stamp, prior, now, drafted.place):
            drafted = replace(drafted, seed=own)
        if prior.cloud_init == goal.cloud_init and now.record.seeded == (goal.cloud_init is not None):
            return drafted
        return replace(drafted, draft=draft_for_restart(drafted.draft, stamp, goal, now, "cloud_init"))

    def _drafted(self, stamp: Stamp, inputs: VirtualMachine, name: str, uuid: str, now: Definition | None) -> Drafted:
        arch, kind = self._platform(inputs, now)
        macs = mac_of(stamp.urn, inputs, now)
        own = now.record.own if now is not None else ()
        path = self._seed_path(name, own) if inputs.cloud_init is not None else None
        sourced = source_disks(
            self._files,
            name,
            inputs,
            seed=path,
            former=now.former if now is not None else None,
            layout=self._abilities.layout,
        )
        place = Place(
            name=name,
            uuid=uuid,
            domain_type=kind,
            architecture=arch,
            disks=sourced.places,
            macs=macs,
            log=console_log.path_of(self._libvirt, name),
            seeded=path is not None,
            unified=inputs.resources.cpu_shares is not None and self._capabilities.unified(),
        )
        if now is None:
            draft = draft_new(stamp, inputs, place, sourced)
        else:
            draft = draft_again(stamp, inputs, place, sourced, now, self._abilities)
        return Drafted(draft, place, sourced.new, None)

    def _platform(self, inputs: VirtualMachine, now: Definition | None) -> tuple[str, str]:
        """Architecture and domain type: as they are said, as they are, or as the host has it best."""
        arch, kind = self._capabilities.hosting().settle(inputs)
        if now is None:
            return arch, kind
        said = inputs.libvirt.type if inputs.libvirt is not None else None
        has = now.settings
        return inputs.architecture or has["architecture"] or arch, said or has["libvirt"]["type"] or kind

    def _seed_path(self, name: str, own: Sequence[str]) -> str:
        """The seed that it has, which is written over; or where nothing lies yet, as what it names as its own goes with it."""
        folder, layout = self._files.folder(), self._abilities.layout
        has = [path for path in own_seeds(own, name, layout) if path.rpartition("/")[0] == folder]
        if has:
            return has[0]
        path, numbers = f"{folder}/{name}-seed.{layout.seed_suffix}", count(1)
        while self._files.is_there(path):
            path = f"{folder}/{name}-seed-{next(numbers)}.{layout.seed_suffix}"
        return path

    def _seed(self, stamp: Stamp, inputs: VirtualMachine, place: Place) -> Seed | None:
        """None where the machine has none."""
        if inputs.cloud_init is None:
            return None
        told = documents(
            inputs,
            name=Urn.parse(stamp.urn).name,
            uuid=place.uuid,
            macs=place.macs,
            mounts_disks=not self._abilities.layout.in_folders,
        )
        source = place.disks[-1].source
        assert source is not None, "the seed is the last of the disks"
        return Seed(source.path, told)

    def _is_written(self, own: Seed, stamp: Stamp, prior: VirtualMachine, now: Definition, place: Place) -> bool:
        """Whether the file is there with that content. No hash of it is kept: secrets could be guessed from one."""
        record = now.record
        if not record.seeded or record.said is None or own.path not in record.own:
            return False
        if len(record.macs) != len(prior.networks):
            return False
        return own == self._seed(stamp, prior, replace(place, macs=record.macs))
