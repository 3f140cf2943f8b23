"""What a host can run, from its capabilities.

https://libvirt.org/formatcaps.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.errors import Problem, UnsupportedError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.xml import attribute, text, texts
from virtwright.providers.refusal import known
from virtwright.schemas.expectations import some
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.problems import near

if TYPE_CHECKING:
    from virtwright.providers.libvirt.connection.address import Driver

_SYSTEMS: Final = ("hvm", "xen", "linux", "exe", "xenpvh")
_VERSIONED: Final = re.compile(r"-v?\d[\d.]*$")
"""``pc-q35-9.2``; there are dozens of them."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """Which guests a host runs."""

    driver: "Driver"
    architecture: str
    """The host's own."""
    types: Mapping[str, frozenset[str]]
    """Domain types by architecture: ``{"x86_64": {"kvm", "qemu"}}``."""
    machines: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Machine types by architecture; empty where the driver has none."""
    systems: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """How guests are run, by architecture: ``{"x86_64": {"hvm", "xen"}}``."""

    def settle(self, inputs: VirtualMachine) -> tuple[str, str]:
        """Architecture and domain type of a machine. Raises ``UnsupportedError`` for what the host can't run."""
        if problems := [*self._missing(inputs)]:
            raise UnsupportedError.of(problems)
        arch = self._architecture(inputs)
        offered = self.types[arch]
        return arch, _domain_type(inputs) or ("kvm" if "kvm" in offered else min(offered))

    def lacks(self, inputs: VirtualMachine) -> list[Problem]:
        """All of it that the host can't run. What is not known yet is passed over."""
        return [*self._missing(inputs), *self._machine_type(inputs)]

    def _architecture(self, inputs: VirtualMachine) -> str:
        own = self.architecture if self.architecture in self.types else next(iter(self.types), "")
        return str(known(inputs.architecture) or own)

    def _missing(self, inputs: VirtualMachine) -> Iterator[Problem]:
        arch = self._architecture(inputs)
        offered = self.types.get(arch, frozenset())
        if not offered:
            told = ", ".join(sorted(self.types)) or "none"
            yield Problem(
                f"architecture: this host runs no {arch} machines", Where(path="architecture"), f"it runs: {told}"
            )
            return
        yield from self._virtualization(arch, inputs)
        wanted = _domain_type(inputs)
        if wanted is not None and wanted not in offered:
            loaded = "; is the module kvm loaded there?" if wanted == "kvm" else ""
            yield Problem(
                f"libvirt.type: this host offers no {wanted} for {arch}",
                Where(path="libvirt.type"),
                f"it offers {' and '.join(sorted(offered))}{loaded}",
            )

    def _virtualization(self, arch: str, inputs: VirtualMachine) -> Iterator[Problem]:
        """Of Xen, which runs paravirtual guests without any help of its processors."""
        wanted, systems = known(inputs.virtualization), self.systems.get(arch)
        if self.driver != "xen" or wanted is None or systems is None:
            return
        if ("hvm" if wanted == "full" else "xen") not in systems:
            runs = "full" if "hvm" in systems else "paravirtual"
            why = "; are the processor's extensions (VT-x, SVM) switched on there?" if wanted == "full" else ""
            yield Problem(
                f"virtualization: this host runs no machines that are {wanted}",
                Where(path="virtualization"),
                f"it runs those that are {runs}{why}",
            )

    def _machine_type(self, inputs: VirtualMachine) -> Iterator[Problem]:
        arch, wanted = self._architecture(inputs), known(inputs.machine_type)
        names = self.machines.get(arch, frozenset())
        if wanted is None or not names or wanted in names:
            return
        meant = near(wanted, sorted(names))
        short = tuple(sorted(name for name in names if not _VERSIONED.search(name)) or sorted(names))
        yield Problem(
            f"machine_type: this host has no {wanted} for {arch}",
            Where(path="machine_type"),
            f"did you mean {meant}?" if meant else f"it has {some(short)}",
        )


def _domain_type(inputs: VirtualMachine) -> str | None:
    """As it is said. None too where that is not known yet."""
    own = known(inputs.libvirt)
    return known(own.type) if own is not None else None


def read_hosting(driver: "Driver", capabilities: Element) -> Hosting:
    types: dict[str, set[str]] = {}
    machines: dict[str, set[str]] = {}
    systems: dict[str, set[str]] = {}
    for guest in capabilities.iterfind("guest"):
        if text(guest, "os_type") in _SYSTEMS:
            arch = attribute(guest, "arch", "name") or ""
            types.setdefault(arch, set()).update(each.get("type", "") for each in guest.iterfind("arch/domain"))
            machines.setdefault(arch, set()).update(texts(guest, "arch//machine"))
            systems.setdefault(arch, set()).add(text(guest, "os_type"))
    return Hosting(driver, text(capabilities, "host/cpu/arch"), _frozen(types), _frozen(machines), _frozen(systems))


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(each) for name, each in sets.items()}
