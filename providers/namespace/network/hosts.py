"""The ``/etc/hosts`` of each member: how members find each other by name without a resolver running."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.namespace.network.members import Member, all_members, hosts_file
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root

_HEAD: Final = """\
# Written by virtwright; what is added here by hand is lost.
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
"""


def hosts_text(member: Member, members: Sequence[Member], networks: Mapping[str, Wiring]) -> str:
    """What ``member`` can resolve: itself, everybody on its networks, and the networks' own records. Pure.

    ``networks`` is by id.
    """
    lines: dict[tuple[str, str], None] = {}
    for place in member.networks:
        wiring = networks.get(place.network)
        if wiring is None:
            continue
        for other in (member, *(other for other in members if other.id != member.id)):
            there = other.on(place.network)
            for address in there.addresses if there else ():
                names = _with_domain((*other.names, *(there.aliases if there else ())), wiring.inputs.dns.domain)
                lines.update(dict.fromkeys((address, name) for name in names))
        for reservation in wiring.inputs.dhcp.reservations if wiring.inputs.dhcp else ():
            if reservation.hostname:
                names = _with_domain([reservation.hostname], wiring.inputs.dns.domain)
                lines.update(dict.fromkeys((reservation.address, name) for name in names))
        for entry in wiring.inputs.dns.records:
            lines.update(
                dict.fromkeys((entry.address, name) for name in _with_domain([entry.name], wiring.inputs.dns.domain))
            )
    return _HEAD + "".join(f"{address} {' '.join(names)}\n" for address, names in _grouped(lines).items())


def _with_domain(names: Iterable[str], domain: str | None) -> list[str]:
    return [form for name in names for form in ((name, f"{name}.{domain}") if domain else (name,))]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for address, name in pairs:
        grouped.setdefault(address, []).append(name)
    return grouped


def write_hosts(root: Root, networks: Mapping[str, Wiring], changed: Iterable[str]) -> None:
    """Bring the files of all members of the networks ``changed`` (ids) up to date. Call it under the root's lock."""
    touched = set(changed)
    members = list(all_members(root))
    for member in members:
        if not member.networks or any(place.network in touched for place in member.networks):
            _write_in_place(hosts_file(root, member), hosts_text(member, members, networks))


def _write_in_place(path: Path, text: str) -> None:
    """Keep the file itself, so that a container into which it is mounted sees the new text."""
    data = text.encode()
    try:
        if path.exists() and path.read_bytes() == data:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            os.fchmod(descriptor, 0o644)
            os.write(descriptor, data)
            os.ftruncate(descriptor, len(data))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HostError(f"could not write {path}: {error.strerror}") from error
