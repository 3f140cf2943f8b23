"""The copies of services as they are found on hosts."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.listing import Listed, containers_of_stack, inspected, list_containers
from virtwright.providers.docker.containers.record import recorded
from virtwright.providers.docker.labels import COPY, written_for
from virtwright.providers.docker.names import object_name, other_name
from virtwright.providers.docker.services.engines import Engines
from virtwright.providers.label_json import parse
from virtwright.schemas.service import Service

SERVICE: Final = "virtwright.service"
"""The service's id, on each of its copies."""
HOME: Final = "virtwright.home"
"""The name of the host that the service belongs to; its copies may run on others."""
EVERYWHERE: Final = "virtwright.everywhere"
"""The hosts that have one copy each, where that is the service's mode."""
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,5}")
Peers = Callable[[], Mapping[str, DockerConnection]]


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy."""

    host: str
    docker: DockerConnection
    stamp: Stamp
    found: Mapping[str, Any]
    """The inspected container."""

    @property
    def id(self) -> str:
        return str(self.found["Id"])

    @property
    def name(self) -> str:
        return str(self.found["Name"]).lstrip("/")

    @property
    def labels(self) -> Mapping[str, str]:
        labels: Mapping[str, str] = self.found["Config"]["Labels"]
        return labels

    @property
    def number(self) -> int:
        """-1 where its label is no number."""
        text = self.labels.get(COPY, "")
        return int(text) if _NUMBER.fullmatch(text) else -1

    @property
    def service(self) -> str:
        return self.labels.get(SERVICE, "")

    @property
    def version(self) -> str:
        """Copies of one version were made from the same inputs."""
        return self.stamp.inputs_hash

    @property
    def runs(self) -> bool:
        return self.number > 0 and not reading.never_started(self.found)

    @property
    def created(self) -> str:
        return str(self.found["Created"])

    @property
    def written_for(self) -> str:
        """The name that its labels were written for."""
        return written_for(self.labels)

    @property
    def is_displaced(self) -> bool:
        """Whether it is called otherwise than when it was made."""
        return bool(reading.displacement(self.found))

    @property
    def purpose(self) -> tuple[str, str, int, str]:
        """No two containers were made for the same."""
        return self.stamp.identity, self.stamp.urn, self.number, self.stamp.operation

    @property
    def given_names(self) -> tuple[str, str]:
        """One of these it was called when it was made."""
        name = object_name(self.stamp, str(self.number))
        return name, other_name(name, self.stamp.operation)

    @property
    def has_its_image(self) -> bool:
        """Whether it was made from what its labels say. Labels that came with an image of somebody's own do not."""
        image = self.found["Config"].get("Image")
        return bool(recorded(self.labels).get("image", image) == image)


def copies_of_stack(
    peers: Mapping[str, DockerConnection], stack: str, home: str
) -> tuple[list[list[Copy]], list[Copy]]:
    """By service: the copies of all services of the stack that belong to the host ``home``, oldest first; and containers that bear
    the labels of such copies, and are none."""
    found = [*_belonging(Engines.of(peers, home, lambda docker: containers_of_stack(docker, stack)), home)]
    own = _own(found)
    services: dict[str, list[Copy]] = {}
    for each in own:
        services.setdefault(each.service, []).append(each)
    by_service = [sorted(each, key=_made) for mixed in services.values() for each in by_identity(mixed)]
    return by_service, [each for each in found if each not in own]


def copies_here(docker: DockerConnection, stack: str) -> tuple[list[Copy], list[Copy]]:
    """The copies on one host, of whichever host their service is, and containers that bear the labels of one."""
    found = list(_copies(docker.name, docker, containers_of_stack(docker, stack), lambda labels: SERVICE in labels))
    own = _own(found)
    return own, [each for each in found if each not in own]


def by_identity(copies: Sequence[Copy]) -> list[list[Copy]]:
    """The copies of one name by the state that made them. Those that bear no state's identity are of the only state that made
    others, or of none."""
    found: dict[str, list[Copy]] = {}
    for each in copies:
        found.setdefault(each.stamp.identity if each.stamp.is_signed else "", []).append(each)
    unsigned = found.pop("", [])
    if len(found) == 1 or not unsigned:
        return [[*each, *unsigned] for each in found.values()]
    return [unsigned, *found.values()]


def copies_of_service(peers: Mapping[str, DockerConnection], service: str, home: str, identity: str = "") -> list[Copy]:
    """The copies of one service of the host ``home``, oldest first; with ``identity`` without those that another state made."""
    found = _at_home(engines_of(peers, service, home), home)
    own = (each for each in found if not identity or not each.stamp.is_signed or each.stamp.identity == identity)
    return sorted(own, key=_made)


def engines_of(peers: Mapping[str, DockerConnection], service: str, home: str) -> Engines:
    """With what bears the labels of a service there."""
    mark = f"{SERVICE}={service}"
    return Engines.of(peers, home, lambda docker: list_containers(docker, mark))


def _at_home(engines: Engines, home: str) -> list[Copy]:
    """The copies of services that belong to a host, wherever they are."""
    return _own(_belonging(engines, home))


def _belonging(engines: Engines, home: str) -> Iterator[Copy]:
    """A copy whose home nobody knows any more, as where that was given another name, may belong to any host: the record of the service
    says which."""

    def belongs(labels: Mapping[str, str]) -> bool:
        return SERVICE in labels and engines.names.get(labels.get(HOME, ""), home) == home

    for host, docker in engines.connections.items():
        yield from _copies(host, docker, engines.listed[host], belongs)


def _own(copies: Iterable[Copy]) -> list[Copy]:
    """Without containers that bear the labels of another one. A service has no ids of its copies in the state. They have names that are
    given to copies, and of several that were made for the same at most one is the service's. One under another name was renamed where
    it was made from the service's image, and nothing else was made for the same."""
    found = list(copies)
    twins: dict[tuple[str, str, int, str], list[Copy]] = {}
    for each in found:
        twins.setdefault(each.purpose, []).append(each)
    return [each for each in found if _is_own(each, twins[each.purpose])]


def _is_own(copy: Copy, twins: Sequence[Copy]) -> bool:
    if copy.number < 0 or copy.written_for not in copy.given_names:
        return False
    if copy.is_displaced:
        return copy.has_its_image and len(twins) == 1
    return copy is min(twins, key=_rank)


def _made(copy: Copy) -> str:
    return copy.created


def _rank(copy: Copy) -> tuple[bool, bool, str, str]:
    return copy.is_displaced, copy.name != copy.given_names[0], copy.created, copy.id


def _copies(
    host: str,
    docker: DockerConnection,
    listed: Iterable[Listed],
    wanted: Callable[[Mapping[str, str]], bool] = bool,
) -> Iterator[Copy]:
    for found in inspected(docker, "Service", listed, wanted):
        stamp = reading.stamp_on(found)
        if stamp is not None:
            yield Copy(host, docker, stamp, found)


def marks(service: str, home: str, number: int, inputs: Service) -> dict[str, str]:
    """The labels of a new copy, besides those of every container."""
    everywhere = {EVERYWHERE: json.dumps(inputs.placement.hosts)} if inputs.mode == "global" else {}
    return {SERVICE: service, HOME: home, COPY: str(number), **everywhere}


def wanted_everywhere(copy: Copy) -> int | None:
    """How many copies a service has that has one on each host; None where it counts its replicas."""
    try:
        return len(parse(copy.labels[EVERYWHERE])) or 1
    except (KeyError, ValueError, TypeError):
        return None
