"""The ``/etc/hosts`` of each member: how members find each other by name without a resolver running."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.namespace.files import reported
from virtwright.providers.namespace.network.members import HOSTS, Member, all_members, hosts_file
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import FOLDERS, Root

_HEAD: Final = """\
# Written by virtwright; what is added here by hand is lost.
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
"""


def network_block(wiring: Wiring, members: Sequence[Member]) -> str:
    """What one network lets its members resolve: all of them, and its own records. Pure."""
    domain = wiring.inputs.dns.domain
    names: dict[str, dict[str, None]] = {}
    for member in members:
        if (place := member.on(wiring.id)) is not None:
            for address in place.addresses:
                names.setdefault(address, {}).update(_with_domain((*member.names, *place.aliases), domain))
    for reservation in wiring.inputs.dhcp.reservations if wiring.inputs.dhcp else ():
        if reservation.hostname:
            names.setdefault(reservation.address, {}).update(_with_domain([reservation.hostname], domain))
    for entry in wiring.inputs.dns.records:
        names.setdefault(entry.address, {}).update(_with_domain([entry.name], domain))
    return "".join(f"{address} {' '.join(known)}\n" for address, known in names.items())


def hosts_text(member: Member, blocks: Mapping[str, str]) -> str:
    """The file of ``member``; ``blocks`` holds each network's part by the network's id. Pure."""
    if not member.networks:
        return f"{_HEAD}127.0.0.1 {' '.join(member.names)}\n" if member.names else _HEAD
    return _HEAD + "".join(blocks.get(place.network, "") for place in member.networks)


def _with_domain(names: Iterable[str], domain: str | None) -> dict[str, None]:
    forms = (form for name in names for form in ((name, f"{name}.{domain}") if domain else (name,)))
    return dict.fromkeys(forms)


def write_hosts(root: Root, networks: Mapping[str, Wiring], changed: Collection[str], *, of: str | None = None) -> None:
    """Bring up to date the files of all members of the networks ``changed`` (ids), and of the member ``of`` (an id).

    Call it under the root's lock. ``networks`` is by id.
    """
    members = list(all_members(root))
    touched = [
        member for member in members if member.id == of or any(place.network in changed for place in member.networks)
    ]
    needed = {place.network for member in touched for place in member.networks}
    blocks = {id: network_block(wiring, members) for id, wiring in networks.items() if id in needed}
    for member in touched:
        _write_in_place(f"{root.path}/{FOLDERS[member.kind]}/{member.id}/{HOSTS}", hosts_text(member, blocks))


def _write_in_place(path: str, text: str) -> None:
    """Keep the file itself, so that a container into which it is mounted sees the new text."""
    data = text.encode()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            os.write(descriptor, data)
            if os.fstat(descriptor).st_size > len(data):  # a needless ftruncate costs more than all the rest
                os.ftruncate(descriptor, len(data))
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return  # its folder was removed meanwhile
    except OSError as error:
        raise HostError(f"could not write {path}: {error.strerror}") from error


def prepare_hosts(root: Root, member: Member) -> None:
    """Make the file if it is not there, so that it can be mounted. Whatever the umask is: unprivileged programs inside read it.

    Raises ``HostError``."""
    path = hosts_file(root, member)
    with reported(f"write {path}"):
        path.touch()
        path.chmod(0o644)
