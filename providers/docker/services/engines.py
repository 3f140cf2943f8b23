"""The engines of a stack, each under one name: a host that was given another name is still remembered under the former one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers.listing import Listed, inspect_container

Listing = Callable[[DockerConnection], Sequence[Listed]]


@dataclass(frozen=True, slots=True)
class Engines:
    """Those that a service may have copies on, as the host that it belongs to sees them."""

    connections: Mapping[str, DockerConnection]
    """By the name that is used for the engine: that of the service's host, where it is this one."""
    listed: Mapping[str, Sequence[Listed]]
    """What was asked for, by the same names."""
    names: Mapping[str, str]
    """For each name of a host, the one that is used."""

    @classmethod
    def of(cls, peers: Mapping[str, DockerConnection], home: str, listing: Listing) -> "Engines":
        """Two hosts are one engine where they have one address, or the same container in the same state: machines are copied with
        the ids of their containers, which are started again on the copy."""
        used: dict[str, DockerConnection] = {}
        listed: dict[str, Sequence[Listed]] = {}
        names: dict[str, str] = {}
        for name in sorted(peers, key=lambda each: (each != home, each)):
            found = listing(peers[name])
            same = (each for each in used if _is_one(used[each], listed[each], peers[name], found))
            names[name] = next(same, name)
            if names[name] == name:
                used[name], listed[name] = peers[name], found
        return cls(used, listed, names)


def _is_one(first: DockerConnection, here: Sequence[Listed], second: DockerConnection, there: Sequence[Listed]) -> bool:
    if first.address == second.address:
        return True
    shared = min({each["Id"] for each in here} & {each["Id"] for each in there}, default=None)
    return shared is not None and _life(first, shared) == _life(second, shared)


def _life(docker: DockerConnection, id: str) -> tuple[Any, ...] | None:
    """When it was made, last started and last ended, and its process; None where it has gone meanwhile."""
    found = inspect_container(docker, id)
    state = found["State"] if found is not None else {}
    return (found["Created"], *(state.get(each) for each in ("StartedAt", "FinishedAt", "Pid"))) if found else None
