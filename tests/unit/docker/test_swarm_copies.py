"""The copies of a swarm's service as rows."""

from typing import Any

from virtwright.providers.docker.swarm.copies import copy_states

NODES = {"n1": "alpha", "n2": "beta"}


def _task(
    id: str, slot: int | None, desired: str, state: str, created: str, node: str = "n1", err: str = ""
) -> dict[str, Any]:
    place = {"Slot": slot} if slot else {}
    status = {"State": state, **({"Err": err} if err else {})}
    return {"ID": id, **place, "NodeID": node, "DesiredState": desired, "Status": status, "CreatedAt": created}


def test_a_copy_that_runs_is_told_alone() -> None:
    tasks = [
        _task("old", 1, "shutdown", "failed", "2026-01-01", err="task: non-zero exit (3)"),
        _task("new", 1, "running", "running", "2026-01-02", node="n2"),
        _task("gone", 2, "shutdown", "shutdown", "2026-01-01"),
    ]
    assert [(each.number, each.id, each.host, each.state) for each in copy_states(tasks, NODES)] == [
        (1, "new", "beta", "running")
    ]


def test_a_copy_that_does_not_run_is_told_with_what_ended_before() -> None:
    tasks = [
        _task("older", 1, "shutdown", "failed", "2026-01-01", err="first"),
        _task("old", 1, "shutdown", "failed", "2026-01-02", err="task: non-zero exit (3)"),
        _task("new", 1, "running", "pending", "2026-01-03", node="", err="no suitable node"),
    ]
    found = [(each.id, each.host, each.state) for each in copy_states(tasks, NODES)]
    assert found == [("new", "", "pending: no suitable node"), ("old", "alpha", "failed: task: non-zero exit (3)")]


def test_copies_of_a_global_service_are_numbered_by_the_names_of_their_nodes() -> None:
    tasks = [
        _task("b", None, "running", "running", "2026-01-01", node="n2"),
        _task("a", None, "running", "starting", "2026-01-01"),
    ]
    assert [(each.number, each.id, each.host) for each in copy_states(tasks, NODES)] == [
        (1, "a", "alpha"),
        (2, "b", "beta"),
    ]
