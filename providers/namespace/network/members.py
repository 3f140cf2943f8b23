"""Who is on which network: ``network.json`` in the folder of each member, the one place where that is kept."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace import file_lock
from virtwright.providers.namespace.files import read_cached, write_json
from virtwright.providers.namespace.network.addresses import Ip
from virtwright.providers.namespace.paths import FOLDERS, Root

FILE: Final = "network.json"
HOSTS: Final = "hosts"
KINDS: Final = ("Container", "VirtualMachine")
_parsed = lru_cache(65_536)(ip_address)


@dataclass(frozen=True, slots=True)
class Membership:
    """One member's place on one network."""

    network: str
    """The network's id."""
    name: str
    """The network's name on the host."""
    device: str
    """The device inside: ``eth0``."""
    port: str
    """The host's end of the cable."""
    mac: str
    address: str | None
    address6: str | None
    aliases: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(address for address in (self.address, self.address6) if address)


@dataclass(frozen=True, slots=True)
class Published:
    """A port of the host that leads to a member."""

    protocol: Literal["tcp", "udp"]
    host_address: str | None
    """None for all addresses of the host."""
    host_port: int
    port: int
    address: str | None
    """Where it leads, over IPv4; None where it is not reachable that way."""
    address6: str | None

    def __str__(self) -> str:
        return f"{self.host_address or '*'}:{self.host_port}/{self.protocol}"

    def clashes(self, other: "Published") -> bool:
        """Whether one packet could be meant for both."""
        same = (self.protocol, self.host_port) == (other.protocol, other.host_port)
        return same and bool(self._families & other._families) and self._same_address(other)

    @property
    def everywhere(self) -> bool:
        return self.host_address in (None, "0.0.0.0", "::")

    @property
    def _families(self) -> frozenset[int]:
        if self.host_address is None:
            return frozenset(version for version, address in ((4, self.address), (6, self.address6)) if address)
        return frozenset({ip_address(self.host_address).version})

    def _same_address(self, other: "Published") -> bool:
        return self.everywhere or other.everywhere or self.host_address == other.host_address


@dataclass(frozen=True, slots=True)
class Member:
    """A container or machine with all its networks and published ports."""

    kind: str
    id: str
    name: str
    """Its name on the host, to name it in errors."""
    urn: str
    names: tuple[str, ...]
    """The names under which the members of its networks find it."""
    networks: tuple[Membership, ...]
    ports: tuple[Published, ...]

    @property
    def label(self) -> str:
        return f"the {self.kind} {self.name}"

    def on(self, network: str) -> Membership | None:
        """Its place on the network with this id."""
        return next((place for place in self.networks if place.network == network), None)


def load(root: Root, kind: str, id: str) -> Member | None:
    """None where it was never attached. Raises ``HostError`` where its file is damaged."""
    path = f"{root.path}/{FOLDERS[kind]}/{id}/{FILE}"
    try:
        member = read_cached(path, _from_json)
    except HostError:
        if Path(path).stat().st_size == 0:
            return None
        raise
    return member if member is not None and member.id == id else None


def save(root: Root, member: Member) -> None:
    """Not made to last a power cut: what it tells of does not, and ``update`` finds new addresses where it is lost."""
    write_json(root.folder(member.kind, member.id) / FILE, member, lasting=False)


def forget(root: Root, kind: str, id: str) -> None:
    (root.folder(kind, id) / FILE).unlink(missing_ok=True)


@contextmanager
def held(root: Root, kind: str, id: str) -> Iterator[None]:
    """Nobody else lays or takes away the member's cables meanwhile. Not to be taken under the root's lock. Fine where its
    folder is gone: then there is nothing to hold, nor to do."""
    try:
        descriptor = os.open(root.folder(kind, id), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    try:
        file_lock.take(descriptor)
        yield
    finally:
        os.close(descriptor)


def hosts_file(root: Root, member: Member) -> Path:
    return Path(f"{root.path}/{FOLDERS[member.kind]}/{member.id}/{HOSTS}")


def all_members(root: Root) -> Iterator[Member]:
    """Every member of any network in the root."""
    for kind in KINDS:
        folder = root.kind_folder(kind)
        names = os.listdir(folder) if folder.exists() else []  # noqa: PTH208  a path object for each costs more than the rest
        for name in sorted(names):
            if not name.startswith(".") and (member := load(root, kind, name)) is not None:
                yield member


def taken_addresses(members: list[Member], network: str) -> dict[Ip, str]:
    """The addresses in use on a network, and by whom."""
    return {
        _parsed(address): member.label
        for member in members
        if (place := member.on(network)) is not None
        for address in place.addresses
    }


def _from_json(value: dict[str, Any]) -> Member:
    networks = tuple(Membership(**{**place, "aliases": tuple(place["aliases"])}) for place in value["networks"])
    ports = tuple(Published(**port) for port in value["ports"])
    return Member(**{**value, "names": tuple(value["names"]), "networks": networks, "ports": ports})
