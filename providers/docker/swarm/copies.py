"""The copies of a swarm's service, as an operator sees them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from virtwright.providers.base import CopyState
from virtwright.providers.docker.swarm.reading import has_ended, runs, task_addresses

Task = Mapping[str, Any]


def copy_states(tasks: Sequence[Task], nodes: Mapping[str, str]) -> list[CopyState]:
    """By number: of each the newest task and, where that does not run, the newest that has ended, which tells why.
    ``tasks`` are one service's; ``nodes`` are the swarm's, from ids to host names."""
    numbers = _numbers(tasks, nodes)
    found = []
    for place, number in sorted(numbers.items(), key=lambda pair: pair[1]):
        here = sorted((each for each in tasks if _place(each) == place), key=_created, reverse=True)
        wanted = next((each for each in here if each.get("DesiredState") in ("running", "ready")), None)
        if wanted is None:
            continue
        ended = [] if runs(wanted) else [each for each in here if has_ended(each)][:1]
        found += [_state(each, number, nodes) for each in (wanted, *ended)]
    return found


def _numbers(tasks: Sequence[Task], nodes: Mapping[str, str]) -> dict[str | int, int]:
    """The slots of a replicated service have numbers; the nodes of a global one get them by their names."""
    slots = {each["Slot"] for each in tasks if each.get("Slot")}
    if slots:
        return {slot: slot for slot in slots}
    places = {each["NodeID"] for each in tasks if each.get("NodeID")}
    return {place: number for number, place in enumerate(sorted(places, key=lambda id: (nodes.get(id, ""), id)), 1)}


def _place(task: Task) -> str | int | None:
    place: str | int | None = task.get("Slot") or task.get("NodeID")
    return place


def _created(task: Task) -> str:
    created: str = task.get("CreatedAt", "")
    return created


def _state(task: Task, number: int, nodes: Mapping[str, str]) -> CopyState:
    status = task["Status"]
    node: Any = task.get("NodeID")
    said = status.get("Err")
    return CopyState(
        number,
        task["ID"],
        nodes.get(node, ""),
        f"{status['State']}: {said}" if said else status["State"],
        next(iter(task_addresses(task)), ""),
        "",
        _created(task),
    )
