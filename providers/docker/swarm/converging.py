"""Waiting until the swarm has done what a service asks for, or has given up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from time import monotonic
from typing import Any, Final

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.swarm.asking import Manager
from virtwright.providers.docker.swarm.reading import Found, is_of, runs
from virtwright.schemas.quantities import format_duration

_GRACE: Final = 2.0
"""Seconds in which the swarm begins an update, where there is something to do that the copies don't show."""
SLOWEST: Final = 0.25
"""Seconds between two questions to a manager that is waited for: it answers each in a few thousandths of that."""
_TRIES: Final = 3
"""A first copy that failed so often in one place is not good."""
_ENDS: Final = ("failed", "rejected", "orphaned")
_OVER: Final = {
    "paused": "the new version is not good, and the swarm paused the update",
    "rollback_completed": "the new version is not good, and the swarm rolled back",
    "rollback_paused": "the new version is not good, and the swarm could not roll back: it paused on its way",
}


class UpdateFailedError(HostError):
    """The swarm gave the update up by itself."""


@dataclass(slots=True)
class Convergence:
    """One wait. ``since`` is the service's version before it: what failed earlier does not count."""

    manager: Manager
    id: str
    since: int
    updating: bool
    """An update of tasks is to be seen; else a service is new, or was only scaled."""
    context: Context
    timeout: float = float("inf")
    stall: float = float("inf")
    """Most seconds in which no copy comes up or goes, and the update gets no further."""
    steady: float = 0.0
    """Seconds that the same copies must run for."""
    _began: float = field(default_factory=monotonic)
    _last: tuple[object, float] = (None, 0.0)
    """How far it was when last looked at, and since when."""
    _seen: tuple[frozenset[str], float] = (frozenset(), 0.0)
    """The copies that ran when last looked at, and since when these have."""

    def wait(self) -> Found:
        """The service when it has converged. Raises ``UpdateFailedError``, other ``HostError`` where copies of a new
        service keep failing, and ``WaitTimeoutError``."""
        return self.context.wait("the service's copies", self._probe, timeout=self.timeout, slowest=SLOWEST)

    def _probe(self) -> tuple[Found | None, str]:
        found = self._service()
        tasks = self.manager.tasks(self.id)
        state = str((found.get("UpdateStatus") or {}).get("State") or "")
        errors = self._errors(tasks)
        if state in _OVER:
            raise UpdateFailedError(
                f"{_OVER[state]}: {'; '.join(errors) or found['UpdateStatus'].get('Message', '')}",
                hint="mend the new version and apply again; the old one serves meanwhile",
            )
        counts = found.get("ServiceStatus") or {}
        wanted, running = (
            int(counts.get("DesiredTasks") or 0),
            frozenset(str(task["ID"]) for task in tasks if runs(task)),
        )
        seen = f"{len(running)} of {wanted} run" + (f", {state.replace('_', ' ')}" if state else "")
        seen += "".join(f"; {many} {each}" for each, many in sorted(_coming(tasks).items()))
        leaving = self.manager.within_reach([task for task in tasks if _leaves(task)])
        seen += f"; {len(leaving)} stopping" if leaving else ""
        seen += f"; last error: {errors[0]}" if errors else ""
        if not self.updating:
            self._check_tries(tasks, errors)
        self._check_stall((running, state, len(leaving)), seen)
        settled = state == "completed" or (
            not state and (not self.updating or self._has_nothing_to_update(found, tasks))
        )
        empty = wanted == 0 and "Global" in found["Spec"]["Mode"] and not self._waited()
        good = settled and len(running) >= wanted and not leaving and not empty and self._is_steady(running)
        return (found if good else None), seen

    def _has_nothing_to_update(self, found: Found, tasks: Sequence[Found]) -> bool:
        """A manager that is busy may take long to begin: what runs tells, not the time that has gone by."""
        return self._waited() and all(is_of(task, found["Spec"]) for task in tasks if runs(task))

    def _is_steady(self, running: frozenset[str]) -> bool:
        if running != self._seen[0]:
            self._seen = running, monotonic()
        return monotonic() - self._seen[1] >= self.steady or not running

    def _check_stall(self, where: object, seen: str) -> None:
        if where != self._last[0]:
            self._last = where, monotonic()
        if monotonic() - self._last[1] > self.stall:
            raise WaitTimeoutError(
                f"nothing has moved for {format_duration(round(self.stall))}: {seen}",
                hint="the swarm goes on trying; mend what hinders it, or apply another version",
            )

    def _waited(self) -> bool:
        return monotonic() - self._began > _GRACE

    def _service(self) -> Found:
        listed = self.manager.services({"id": self.id})
        if not listed:
            raise GoneError("the service was deleted by somebody else meanwhile")
        return listed[0]

    def _failed(self, tasks: Sequence[Found]) -> list[Found]:
        """Since this wait began, the newest first."""
        failed = [task for task in tasks if task["Status"]["State"] in _ENDS and task["Version"]["Index"] > self.since]
        return sorted(failed, key=lambda task: str(task["Status"].get("Timestamp", "")), reverse=True)

    def _errors(self, tasks: Sequence[Found]) -> list[str]:
        """What tasks failed of, and why others can't be placed; each once."""
        stuck = [task for task in tasks if task["Status"]["State"] == "pending" and task["Status"].get("Err")]
        return list(dict.fromkeys(said for task in (*self._failed(tasks), *stuck) if (said := _said(task))))

    def _check_tries(self, tasks: Sequence[Found], errors: Sequence[str]) -> None:
        tries: dict[str, int] = {}
        for task in self._failed(tasks):
            place = str(task.get("Slot") or task.get("NodeID"))
            tries[place] = tries.get(place, 0) + 1
        if max(tries.values(), default=0) >= _TRIES and not any(map(runs, tasks)):
            raise HostError(
                f"the service's copies don't run: {'; '.join(errors)}",
                hint="see its command, its image and its health check",
            )


def _coming(tasks: Sequence[Found]) -> Counter[str]:
    """How many copies are on their way, by how far they are: ``preparing`` pulls the image."""
    due = (str(task["Status"]["State"]) for task in tasks if task.get("DesiredState") in ("running", "ready"))
    return Counter(state for state in due if state not in ("running", *_ENDS, "complete", "shutdown"))


def _leaves(task: Found) -> bool:
    """It still answers requests: the swarm calls an update completed before the last copy of the old version has ended."""
    return task.get("DesiredState") in ("shutdown", "remove") and task["Status"]["State"] == "running"


def _said(task: Found) -> str:
    status: Any = task["Status"]
    return str(status.get("Err") or status.get("Message") or "").strip()
