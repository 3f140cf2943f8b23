"""When an update of a swarm's service is over."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from virtwright.providers.context import Context
from virtwright.providers.docker.swarm import converging
from virtwright.providers.docker.swarm.converging import Convergence


@dataclass
class FakeManager:
    """Its swarm begins an update, and ends it, at given questions."""

    begins: int
    ends: int
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
        spec = self.new if self.asked >= self.ends else self.old
        return [
            {
                "ID": "one",
                "Spec": spec,
                "DesiredState": "running",
                "Status": {"State": "running"},
                "Version": {"Index": 1},
            }
        ]


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
