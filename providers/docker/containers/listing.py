"""The containers of a stack on an engine: listed once in a run for all kinds that are made of containers, and inspected."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.helpers import LABEL
from virtwright.providers.docker.labels import STACK, stamp_of, written_for
from virtwright.schemas.urn import Urn

Listed = Mapping[str, Any]
_AT_ONCE: Final = 4
"""Inspections under way: while this process reads one answer, the daemon writes the next."""


def containers_of_stack(docker: DockerConnection, stack: str) -> Sequence[Listed]:
    """All that bear the stack's mark, as the engine lists them; asked once in a run."""
    return docker.answers.once(("containers", stack), lambda: list_containers(docker, f"{STACK}={stack}"))


def forget_containers(docker: DockerConnection, stack: str) -> None:
    """This run has made or removed some."""
    docker.answers.forget(("containers", stack))


def list_containers(docker: DockerConnection, *marks: str) -> Sequence[Listed]:
    """All with these labels (``NAME`` or ``NAME=VALUE``), as they are now."""
    filters = {"label": [*marks]}
    found: Sequence[Listed] = docker.call(
        "list its containers", lambda client: client.containers(all=True, filters=filters)
    )
    return found


def staying(docker: DockerConnection, context: Context, *, all: bool, **filters: str) -> list[str]:
    """The names of containers that use what is to be replaced (``network=ID``, ``volume=NAME``) and do not go with it: they
    bear another mark than its stack's, and the state does not have them. ``all`` counts those that don't run, too."""
    assert context.known is not None, "there is something that is to be replaced"
    urn = Urn.parse(context.known.urn)
    stack = f"{urn.project}/{urn.stack}"
    found = docker.call("list its users", lambda client: client.containers(all=all, filters=filters), context)
    others = (each for each in found if (each.get("Labels") or {}).get(STACK) != stack)
    return sorted(str(each["Names"][0]).lstrip("/") for each in others if each["Id"] not in context.users)


def inspected(
    docker: DockerConnection,
    kind: str,
    listed: Iterable[Listed],
    wanted: Callable[[Mapping[str, str]], bool] = bool,
) -> Iterator[dict[str, Any]]:
    """Each that bears the stamp of a resource of the kind, also under another name than the one that this was written for.
    Helpers, and those whose labels are not ``wanted``, are left out."""
    ids = [each["Id"] for each in listed if _is_stamped(each, kind) and wanted(each["Labels"])]
    if not ids:
        return
    with ThreadPoolExecutor(min(_AT_ONCE, docker.host.max_parallel), "inspect") as threads:
        yield from (found for found in threads.map(partial(inspect_container, docker), ids) if found is not None)


def _is_stamped(listed: Listed, kind: str) -> bool:
    labels = listed.get("Labels") or {}
    stamp = stamp_of(labels, written_for(labels))
    return stamp is not None and LABEL not in labels and Urn.parse(stamp.urn).kind == kind


def inspect_container(docker: DockerConnection, id: str) -> dict[str, Any] | None:
    """None where it has gone meanwhile."""
    try:
        found: dict[str, Any] = docker.call("look at a container", lambda client: client.inspect_container(id))
    except GoneError:
        return None
    return found
