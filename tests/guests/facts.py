"""What a test guest tells of itself, seen from inside it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Disk:
    size: int
    """Bytes."""
    read_only: bool
    serial: str


@dataclass(frozen=True)
class Nic:
    name: str
    address: str
    """Empty where it has none."""
    mtu: int
    carrier: bool


@dataclass(frozen=True)
class Facts:
    """One answer of the guest's page ``/cgi-bin/facts``."""

    uptime: float
    """Seconds."""
    boot_id: str
    """Another one after each start."""
    cpus: int
    """That are there; one of them runs (``CMDLINE``)."""
    memory: int
    """Bytes that the kernel has; somewhat less than the machine was given."""
    cpu_model: str
    cmdline: str
    disks: Mapping[str, Disk]
    """By name, as ``vda``."""
    nics: Mapping[str, Nic]
    """By hardware address."""

    @classmethod
    def read(cls, text: str) -> Self:
        told = json.loads(text)
        disks = {
            name: Disk(each["size"], bool(each["read_only"]), each["serial"])
            for name, each in told.pop("disks").items()
        }
        nics = {mac: Nic(**{**each, "carrier": bool(each["carrier"])}) for mac, each in told.pop("nics").items()}
        return cls(**told, disks=disks, nics=nics)


def ask(run: Callable[..., str], address: str) -> Facts | None:
    """None where the guest does not answer. ``run`` runs a program where the guest can be reached, as ``LibvirtLab.run``
    does."""
    text = run("busybox", "wget", "-q", "-T", "5", "-O", "-", f"http://{address}/cgi-bin/facts", check=False)
    return Facts.read(text) if text.rstrip().endswith("}") else None
