"""What of a machine its host can't do, held against what the host says of itself. Pure."""

from collections.abc import Collection, Iterator
from typing import Final

from virtwright.errors import Problem, Where
from virtwright.providers.libvirt.machines.offers import Offer
from virtwright.providers.libvirt.machines.place import bus_of
from virtwright.providers.refusal import given, known, listed
from virtwright.schemas.cpu import Cpu
from virtwright.schemas.expectations import some
from virtwright.schemas.graphics import Graphics
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine
from virtwright.schemas.problems import near
from virtwright.schemas.values import Unknown

_FIRMWARE: Final = "install the firmware there (Debian: ovmf for x86_64, qemu-efi-aarch64)"


def is_settled(inputs: VirtualMachine) -> bool:
    """Whether what decides about an offer is known by now."""
    own = inputs.libvirt
    said = (inputs.machine_type, inputs.architecture, inputs.virtualization, own, getattr(own, "type", None))
    return not any(isinstance(each, Unknown) for each in said)


def lacks(inputs: VirtualMachine, kind: str, offer: Offer) -> list[Problem]:
    """All that is not on offer to a machine of the domain type ``kind``. What is not known yet is passed over."""
    own = known(inputs.libvirt) or LibvirtMachine()
    return [
        *_processors(inputs, kind, offer),
        *_firmware(inputs, own, offer),
        *_disks(inputs, kind, offer),
        *_consoles(inputs, own, offer),
        *_tpm(own, offer),
    ]


def _processors(inputs: VirtualMachine, kind: str, offer: Offer) -> Iterator[Problem]:
    field = "cpus" if inputs.max_cpus is None else "max_cpus"
    most = known(getattr(inputs, field))
    if most is not None and offer.most_cpus is not None and most > offer.most_cpus:
        yield _problem(field, f"a machine {offer.machine} of this host has at most {offer.most_cpus}", "take fewer")
    cpu = inputs.cpu
    if not isinstance(cpu, Cpu):
        return
    mode, model = known(cpu.mode), known(cpu.model)
    if mode is not None and offer.cpu_modes is not None and mode not in offer.cpu_modes:
        reason = "; host-passthrough needs kvm" if kind == "qemu" and mode == "host-passthrough" else ""
        yield _problem("cpu.mode", f"this host offers no {mode}", f"{_offers(offer.cpu_modes)}{reason}")
    if model is None or offer.cpu_models is None:
        return
    if model not in offer.cpu_models:
        yield _problem("cpu.model", f"this host knows no {model}", _meant(model, offer.cpu_models))
    elif kind == "kvm" and (missing := offer.cpu_models[model] - _left_out(cpu)):
        yield _problem(
            "cpu.model",
            f"the processors of this host lack what a {model} has: {some(tuple(sorted(missing)))}",
            "take another model, cpu.mode: host-model, or disable these under cpu.features",
        )


def _left_out(cpu: Cpu) -> set[str]:
    features = known(cpu.features) or {}
    return {name for name, policy in features.items() if policy in ("disable", "optional", "forbid")}


def _firmware(inputs: VirtualMachine, own: LibvirtMachine, offer: Offer) -> Iterator[Problem]:
    if known(inputs.firmware) != "uefi":
        return
    if offer.firmware is not None and "efi" not in offer.firmware:
        yield _problem("firmware", f"this host has no UEFI for machines {offer.machine}", _FIRMWARE)
    elif known(own.secure_boot) is True and offer.secure_boot is False:
        hint = f"take machine_type: q35, or {_FIRMWARE}"
        yield _problem("libvirt.secure_boot", f"this host has none for machines {offer.machine}", hint)


def _disks(inputs: VirtualMachine, kind: str, offer: Offer) -> Iterator[Problem]:
    for index, disk in listed(inputs.disks):
        if offer.disk_devices is not None and given(disk.device) and disk.device not in offer.disk_devices:
            yield _problem(f"disks[{index}].device", f"this host offers no {disk.device}", _offers(offer.disk_devices))
        if offer.disk_buses is None or known(disk.device) is None:
            continue
        bus = bus_of(disk, inputs, kind)
        if known(bus) is not None and bus not in offer.disk_buses:
            message = f"a machine {offer.machine} of this host has no {bus}"
            yield _problem(f"disks[{index}].bus", message, _offers(offer.disk_buses - {"fdc"}))


def _consoles(inputs: VirtualMachine, own: LibvirtMachine, offer: Offer) -> Iterator[Problem]:
    graphics = inputs.graphics
    wanted = known(graphics.type) if isinstance(graphics, Graphics) else None
    if wanted not in (None, "none") and offer.graphics is not None and wanted not in offer.graphics:
        more = (
            "; SPICE may be a package of its own there (Debian: qemu-system-modules-spice)" if wanted == "spice" else ""
        )
        hint = _offers(offer.graphics & {"vnc", "spice"}) + more
        yield _problem("graphics.type", f"this host offers no {wanted}", hint)
    card = known(own.video)
    if card is not None and offer.video is not None and card not in offer.video:
        yield _problem("libvirt.video", f"this host offers no {card}", _offers(offer.video))


def _tpm(own: LibvirtMachine, offer: Offer) -> Iterator[Problem]:
    if known(own.tpm) is True and offer.tpm is not None and "emulator" not in offer.tpm:
        hint = "install swtpm there (Debian: swtpm swtpm-tools)"
        yield _problem("libvirt.tpm", "this host emulates none for such a machine", hint)


def _problem(path: str, message: str, hint: str) -> Problem:
    return Problem(f"{path}: {message}", Where(path=path), hint)


def _meant(wanted: str, offered: Collection[str]) -> str:
    meant = near(wanted, [*offered])
    return f"did you mean {meant}?" if meant else _offers(offered)


def _offers(offered: Collection[str]) -> str:
    return f"it offers {some(tuple(sorted(offered)))}" if offered else "it offers none"
