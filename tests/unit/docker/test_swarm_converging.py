"""When an update of a swarm's service is over."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from virtwright.providers.context import Context
from virtwright.providers.docker.swarm import converging
from virtwright.providers.docker.swarm.converging import Convergence


@dataclass
class FakeManager:
    """Its swarm begins an update, and ends it, at given questions."""

    begins: int
    ends: int
    stops: int = 0
    """From this question on, no copy of the old version runs any more."""
    lost: bool = False
    """The old copy's node."""
    asked: int = 0
    old: dict[str, Any] = field(
        default_factory=lambda: {"ContainerSpec": {"Image": "app:1"}, "Placement": {"MaxReplicas": 2}}
    )
    new: dict[str, Any] = field(default_factory=lambda: {"ContainerSpec": {"Image": "app:2"}, "Runtime": "container"})

    def services(self, filters: object) -> list[dict[str, Any]]:
        self.asked += 1
        states = [(self.ends, "completed"), (self.begins, "updating")]
        state = next((name for at, name in states if self.asked >= at), "")
        return [
            {
                "Spec": {"TaskTemplate": self.new, "Mode": {"Replicated": {"Replicas": 1}}},
                "ServiceStatus": {"DesiredTasks": 1},
                **({"UpdateStatus": {"State": state}} if state else {}),
            }
        ]

    def tasks(self, id: str) -> list[dict[str, Any]]:
        current = _task("one", self.new if self.asked >= self.ends else self.old, "running", "running")
        state = "running" if self.asked < self.stops else "shutdown"
        return [current, _task("before", self.old, "shutdown", state)]

    def within_reach(self, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [] if self.lost else tasks


def _task(id: str, spec: dict[str, Any], due: str, state: str) -> dict[str, Any]:
    return {"ID": id, "Spec": spec, "DesiredState": due, "Status": {"State": state}, "Version": {"Index": 1}}


def _asked(manager: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(converging, "_GRACE", 0.0)
    Convergence(manager, "web", 1, True, Context()).wait()
    return int(manager.asked)


def test_a_swarm_that_begins_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _asked(FakeManager(begins=4, ends=6), monkeypatch) == 6


def test_copies_that_are_as_they_should_be_end_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = FakeManager(begins=100, ends=100)
    manager.old = {"ContainerSpec": {"Image": "app:2"}, "Placement": {"MaxReplicas": 2}}
    assert _asked(manager, monkeypatch) == 1


def test_an_update_is_over_when_the_last_old_copy_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _asked(FakeManager(begins=1, ends=2, stops=4), monkeypatch) == 4


def test_an_old_copy_on_a_lost_node_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _asked(FakeManager(begins=1, ends=2, stops=1000, lost=True), monkeypatch) == 2


def _ended(id: str, version: int, at: str = "", state: str = "failed") -> dict[str, Any]:
    return {"ID": id, "Version": {"Index": version}, "Status": {"State": state, "Timestamp": at}}


@pytest.mark.parametrize(
    ("tasks", "failed"),
    [
        ([_ended("before", 6), _ended("as it began", 7)], []),
        ([_ended("first", 8, "1"), _ended("second", 9, "2")], ["second", "first"]),
        ([_ended("rejected", 8, state="rejected"), _ended("orphaned", 8, state="orphaned")], ["rejected", "orphaned"]),
        ([_ended("runs", 8, state="running"), _ended("done", 8, state="complete")], []),
    ],
)
def test_what_failed_before_the_wait_does_not_count(tasks: list[dict[str, Any]], failed: list[str]) -> None:
    waiting: Any = Convergence(cast(Any, None), "web", 7, True, Context())
    assert [task["ID"] for task in waiting._failed(tasks)] == failed
