"""What a machine's stamp notes beside the stamp: the inputs that it was made of, how libvirt wrote them down, and which device is
which. Where libvirt fills something in, that is how it was told from a change by somebody else."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from pydantic import ValidationError

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.reading.settings import Settings
from virtwright.schemas.machine import VirtualMachine

ELSEWHERE: Final = frozenset({"cloud_init", "labels", "description"})
"""Fields that hold secrets or much text, or that the domain itself keeps."""
_EXCLUDED: Final[Any] = {**dict.fromkeys(ELSEWHERE, True), "graphics": {"password"}}


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """Part of the domain's metadata, so that it is written with it."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    """As they were declared, without secrets and without what is a default."""
    said: Settings | None = None
    """What libvirt told of the definition when it was new. None: an operation was interrupted before that was noted."""
    digest: str = ""
    """Of the definition then, without its metadata; empty where it can't be told."""
    disks: tuple[str, ...] = ()
    """The target of each disk, in the order of ``all_disks``."""
    macs: tuple[str, ...] = ()
    """The address of each network interface, in the order of the inputs."""
    seeded: bool = False
    """It has a seed of cloud-init: the last of ``disks``."""
    own: tuple[str, ...] = ()
    """Paths of the disks that go with the machine, also of those that were taken out of it."""
    complete: bool = False
    restart: bool = False
    """It was changed in a way that a running guest sees after a restart only, and was not restarted yet."""
    fresh: bool = False
    """Its firmware is another one than before: it starts with new variables."""
    had: tuple[str, ...] = ()
    """What it has or had that libvirt keeps files of: ``tpm``, ``uefi``. They go with the machine."""
    arriving: bool = False
    """It comes from another host, and is still there: this definition is none of the stack's machines yet."""
    adopted: bool = False
    """Somebody else made it: what the inputs have no word for stays."""

    @property
    def seed(self) -> str | None:
        """The target of cloud-init's seed; None where it has none."""
        return self.disks[-1] if self.seeded and self.disks else None

    def to_notes(self) -> dict[str, Any]:
        notes: dict[str, Any] = {"inputs": dict(self.inputs), "disks": self.disks, "macs": self.macs}
        if self.said is not None:
            notes |= {"said": self.said, "digest": self.digest}
        notes |= {name: value for name, value in (("own", self.own), ("had", self.had)) if value}
        return notes | {
            name: True
            for name in ("seeded", "complete", "restart", "fresh", "arriving", "adopted")
            if getattr(self, name)
        }

    @classmethod
    def from_notes(cls, notes: Mapping[str, Any]) -> "MachineRecord":
        """What is damaged counts as not noted."""
        inputs, said = notes.get("inputs"), notes.get("said")
        return cls(
            inputs=inputs if isinstance(inputs, dict) else {},
            said=said if isinstance(said, dict) else None,
            digest=str(notes.get("digest") or ""),
            disks=_texts(notes.get("disks")),
            macs=_texts(notes.get("macs")),
            seeded=notes.get("seeded") is True,
            own=_texts(notes.get("own")),
            complete=notes.get("complete") is True,
            restart=notes.get("restart") is True,
            had=_texts(notes.get("had")),
            fresh=notes.get("fresh") is True,
            arriving=notes.get("arriving") is True,
            adopted=notes.get("adopted") is True,
        )

    def declared(self) -> VirtualMachine:
        """The inputs again; the defaults where they can't be understood."""
        try:
            return VirtualMachine.model_validate(self.inputs)
        except ValidationError:
            return VirtualMachine()


def declared_inputs(inputs: VirtualMachine) -> dict[str, Any]:
    """What a record keeps of the inputs. Of ``cloud_init`` only that there is one, as other fields refer to it."""
    told = inputs.model_dump(mode="json", exclude=_EXCLUDED, exclude_defaults=True, warnings=False)
    return told if inputs.cloud_init is None else {**told, "cloud_init": {}}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()
