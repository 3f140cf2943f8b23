"""Questions to the daemon, not to virtwright."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from xml.etree import ElementTree

Holds = Callable[[Any], None]
"""Asserts that a change is in force; the argument is the subject."""


class Daemon(Protocol):
    """A libvirtd, and the machine that it runs on."""

    @property
    def api(self) -> Any:
        """A ``virConnect`` to QEMU."""
        ...

    @property
    def lib(self) -> Path:
        """Its ``/var/lib/libvirt``, as it is seen from here."""
        ...

    def run(self, *argv: str, check: bool = True) -> str:
        """Run a program beside it."""
        ...

    def sweep(self) -> None:
        """Remove all that it has."""
        ...


URN = "{urn:virtwright:stamp}stamp"


def network(api: Any, name: str) -> Any:
    """The network of the resource ``name``, of all that claim to be: the one that the stamp was written for."""
    found = [each for each in api.listAllNetworks() if _is_of(each, name)]
    assert len(found) == 1, [each.name() for each in found]
    return found[0]


def network_xml(api: Any, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(network(api, name).XMLDesc())


def _is_of(network: Any, name: str) -> bool:
    stamp = ElementTree.fromstring(network.XMLDesc()).find(f"metadata/{URN}")
    return (
        stamp is not None and stamp.get("urn", "").endswith(f"::{name}") and stamp.get("uuid") == network.UUIDString()
    )


def has(path: str, attribute: str, value: str | None) -> Holds:
    """Holds when the network ``back`` has this attribute at the path."""

    def holds(subject: Any) -> None:
        root = network_xml(subject.api, "back")
        found = [each.get(attribute) for each in root.iterfind(path)]
        assert value in found or (value is None and not found), ElementTree.tostring(root)

    return holds


def says(command: str, *wanted: str, without: str = "") -> Holds:
    """Holds when what a command on the host writes has all of ``wanted``."""

    def holds(subject: Any) -> None:
        text = subject.lab.run("sh", "-c", command)
        assert all(part in text for part in wanted), text
        assert not without or without not in text, text

    return holds


def files(lab: Daemon) -> list[Path]:
    """All files of the default pool."""
    return sorted((lab.lib / "images").glob("*"))


def volume_file(lab: Daemon, name: str) -> Path | None:
    found = [each for each in files(lab) if each.name.startswith(f"shop_{name}.") and "~" not in each.name]
    return found[0] if found else None


def only_noted(subject: Any) -> None:
    """Nothing on the host shows such a value but the object's mark; that the next plan is empty is all there is."""
