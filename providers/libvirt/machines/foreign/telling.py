"""A whole domain in the terms of the inputs. What the vocabulary has no word for is named. Pure."""

from collections.abc import Sequence
from typing import Any, Final, get_args
from xml.etree.ElementTree import Element

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.machines.foreign.boot_order import order_of_boot
from virtwright.providers.libvirt.machines.foreign.disks import Reference, tell_disks
from virtwright.providers.libvirt.machines.foreign.fitting import fitted
from virtwright.providers.libvirt.machines.foreign.interfaces import tell_interfaces
from virtwright.providers.libvirt.machines.foreign.usual import unusual
from virtwright.providers.libvirt.machines.power import Power
from virtwright.providers.libvirt.machines.reading.settings import Settings, read_password, read_settings
from virtwright.providers.libvirt.xml import attribute
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine

NOT_TOLD: Final = frozenset(
    {"cloud_init", "namespace", "wait_for", "shutdown_timeout", "switch_off", "labels", "ports"}
)
"""Fields that a domain doesn't tell: what the stack says of them holds."""
_BUILT_IN: Final = "itco"
"""The watchdog that is part of a q35 machine, asked for or not."""
_CHOICES: Final = ("type", "watchdog", "video", "on_crash", "clock")


@dataclass(frozen=True, slots=True)
class Told:
    """A domain, as far as the inputs have words for it."""

    inputs: VirtualMachine
    unsaid: tuple[str, ...]
    """Settings without a word."""
    disks: tuple[str, ...]
    """The target of each disk of the inputs."""


def tell(
    domain: Element, reference: Reference, *, power: Power = "running", autostart: bool = False
) -> tuple[VirtualMachine, tuple[str, ...]]:
    """The inputs, and the settings without a word. ``domain`` is a definition, asked for with its secrets."""
    told = tell_all(domain, reference, power=power, autostart=autostart)
    return told.inputs, told.unsaid


def tell_all(domain: Element, reference: Reference, *, power: Power, autostart: bool) -> Told:
    """As ``tell``, and which disk is which."""
    settings = read_settings(domain)
    targets, disks, disks_unsaid = tell_disks(domain, reference)
    target_of = {id(disk): target for disk, target in zip(disks, targets, strict=True)}
    networks, networks_unsaid = tell_interfaces(domain)
    values = {
        **_plain(settings),
        "cpu": _said(settings["cpu"]),
        "boot": _boot(settings["boot"]),
        "virtualization": _virtualization(disks, networks),
        "disks": disks,
        "networks": networks,
        "graphics": _graphics(settings, read_password(domain)),
        "resources": _said(settings["resources"]),
        "power": power,
        "autostart": autostart,
        "libvirt": _own(settings["libvirt"], domain),
    }
    order_of_boot(domain, disks, networks)
    whole, refused = fitted(VirtualMachine, {name: value for name, value in values.items() if value is not None})
    fields = {*VirtualMachine.model_fields} - NOT_TOLD
    unsaid = [*unusual(domain), *disks_unsaid, *networks_unsaid, *refused]
    return Told(
        VirtualMachine.model_construct(fields, **dict(whole)),
        tuple(dict.fromkeys(unsaid)),
        tuple(target_of[id(disk)] for disk in disks),  # those that were refused have been taken out of the list
    )


def _plain(settings: Settings) -> dict[str, Any]:
    names = ("cpus", "memory", "architecture", "machine_type", "console", "guest_agent", "description")
    told = {name: settings[name] for name in names}
    for name in ("cpus", "memory"):
        told[f"max_{name}"] = settings[f"max_{name}"] if settings[f"max_{name}"] != settings[name] else None
    told["firmware"] = "uefi" if settings["firmware"] == "uefi" else None
    return told


def _said(values: Settings) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, {}, [])}


def _boot(value: Any) -> Any:
    return _said(value) if isinstance(value, dict) else value


def _virtualization(disks: Sequence[Settings], networks: Sequence[Settings]) -> str:
    """Emulated where none of its devices is virtio."""
    buses = [each.get("bus") for each in disks if each["device"] == "disk"]
    models = [each.get("model") for each in networks]
    paravirtual = {"virtio", "scsi", "xen", None}
    kinds = [each in paravirtual for each in (*buses, *models)]
    return "full" if kinds and not any(kinds) else "paravirtual"


def _graphics(settings: Settings, password: str | None) -> dict[str, Any]:
    told = _said(settings["graphics"])
    if told.get("type") == "none":
        return {"type": "none"}
    return told if password is None else {**told, "password": password}


def _own(settings: Settings, domain: Element) -> dict[str, Any] | None:
    """Without what is so by itself, and without what has no word: that is named elsewhere."""
    told = {name: value for name, value in settings.items() if name not in _CHOICES or value in _known(name)}
    if told.get("on_crash") == "destroy":
        told["on_crash"] = None
    if settings["video"] == "none":
        told["video"] = None
    if attribute(domain, "devices/watchdog", "model") == _BUILT_IN:
        told["watchdog"] = None
    said = {
        name: value for name, value in told.items() if value not in (None, False) and (name, value) != ("clock", "utc")
    }
    return said or None


def _known(field: str) -> tuple[Any, ...]:
    """The values that the vocabulary has for it."""
    found: list[Any] = []
    for part in get_args(LibvirtMachine.model_fields[field].annotation):
        found += get_args(part) or [part]
    return tuple(found)
