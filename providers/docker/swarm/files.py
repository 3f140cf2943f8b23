"""Files of services: a swarm's secrets (``in_memory``) and configs, which can be replaced and not changed.

Each set of files has objects of its own, named by a keyed hash of the set: the same files are found again, other files are
other objects, and nobody without the state's key can guess a content from a name. A label says which service they are for.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.client.errors import ConflictError
from virtwright.providers.docker.labels import IDENTITY, STACK, work_labels
from virtwright.providers.docker.swarm.asking import Manager
from virtwright.providers.docker.swarm.sorts import Sort
from virtwright.schemas.attachments import File

FILES_OF: Final = "virtwright.files-of"
"""On each secret and config: the name of its service."""
STEP: Final = "docker.swarm"
"""The failpoint after each call that changes a swarm."""
_SORTS: Final[tuple[Sort, ...]] = ("Secret", "Config")
_LONGEST: Final = 64
_MARK: Final = 16


@dataclass(frozen=True, slots=True)
class Held:
    """One secret or config."""

    sort: Sort
    id: str
    name: str
    stack: str
    service: str
    identity: str = ""
    """That of the state whose service it was made for; empty where an older version made it."""


def reference(held: Held, file: File) -> dict[str, Any]:
    """What a specification says of it."""
    user, _, group = (file.owner or "0:0").partition(":")
    place = {"Name": file.path, "UID": user, "GID": group or "0", "Mode": int(file.mode, 8)}
    return {f"{held.sort}ID": held.id, f"{held.sort}Name": held.name, "File": place}


def references(spec: Mapping[str, Any] | None) -> dict[Sort, list[dict[str, Any]]]:
    """Those in a service's ``Spec`` or ``PreviousSpec``."""
    container = ((spec or {}).get("TaskTemplate") or {}).get("ContainerSpec") or {}
    return {"Secret": list(container.get("Secrets") or ()), "Config": list(container.get("Configs") or ())}


def names(spec: Mapping[str, Any] | None) -> set[str]:
    """Of all that a specification refers to."""
    return {str(each[f"{sort}Name"]) for sort, listed in references(spec).items() for each in listed}


class FileObjects:
    """The secrets and configs of one swarm that hold files of services."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def put(
        self, service: str, stamp: Stamp, files: Sequence[File], context: Context
    ) -> dict[Sort, list[dict[str, Any]]]:
        """Make what is missing; the references to all. ``stamp`` holds a keyed hash of the files."""
        there = {each.name: each for each in self.listed(_of(service))} if files else {}
        found: dict[Sort, list[dict[str, Any]]] = {"Secret": [], "Config": []}
        for file in files:
            sort: Sort = "Secret" if file.in_memory else "Config"
            name = _name(service, stamp.inputs_hash, file.path)
            held = there.get(name) or self._make(sort, name, service, stamp, file, context)
            found[sort].append(reference(held, file))
        return found

    def listed(self, label: str = FILES_OF) -> list[Held]:
        """All, or those with another label too."""
        secrets, configs = (self._manager.objects(sort, label) for sort in _SORTS)
        return [*_held("Secret", secrets), *_held("Config", configs)]

    def prune(self, service: str, keep: Collection[str]) -> None:
        """Remove those of the service that are not to be kept."""
        for held in self.listed(_of(service)):
            if held.name not in keep:
                self.remove(held)

    def remove(self, held: Held) -> None:
        """It may be gone already."""
        self._manager.remove_object(held.sort, held.id, held.name)
        reach(STEP)

    def _make(self, sort: Sort, name: str, service: str, stamp: Stamp, file: File, context: Context) -> Held:
        labels = {**work_labels(stamp.stack, stamp.identity), FILES_OF: service}
        try:
            id = self._manager.make_object(sort, name, (file.content or "").encode(), labels, context)
        except ConflictError as error:
            raise HostError(
                f"a {sort.lower()} {name} that is not virtwright's is in the way", hint="remove it"
            ) from error
        reach(STEP)
        return Held(sort, id, name, stamp.stack, service, stamp.identity)


def _of(service: str) -> str:
    return f"{FILES_OF}={service}"


def _held(sort: Sort, listed: Sequence[Mapping[str, Any]]) -> Iterator[Held]:
    for each in listed:
        labels = each["Spec"].get("Labels") or {}
        stack, service, identity = (labels.get(key, "") for key in (STACK, FILES_OF, IDENTITY))
        yield Held(sort, each["ID"], each["Spec"]["Name"], stack, service, identity)


def _name(service: str, keyed: str, path: str) -> str:
    mark = hashlib.sha256(f"{keyed}\0{path}".encode()).hexdigest()[:_MARK]
    return f"{service[: _LONGEST - _MARK - 1].rstrip('_.-')}-{mark}"
