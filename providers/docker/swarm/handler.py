"""The handler of the kind Service in a Docker Swarm."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from virtwright.errors import CreateFailedError, HostError, Problem
from virtwright.failpoints import reach
from virtwright.providers.base import Found as Taken
from virtwright.providers.base import Observed, Remain, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.docker.client.connection import LINGER, DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.labels import stamp_of, told_time
from virtwright.providers.docker.names import object_name
from virtwright.providers.docker.swarm.asking import Manager
from virtwright.providers.docker.swarm.check import check_service, service_diff, service_warnings
from virtwright.providers.docker.swarm.converging import SLOWEST, Convergence, UpdateFailedError
from virtwright.providers.docker.swarm.files import STEP, FileObjects, Held, names
from virtwright.providers.docker.swarm.listing import find_services, list_services
from virtwright.providers.docker.swarm.reading import (
    has_ended,
    is_undone,
    needed,
    observed,
    read_outputs,
    said,
)
from virtwright.providers.docker.swarm.sending import Sender
from virtwright.providers.docker.swarm.writing import Writer
from virtwright.providers.taken import Holder, name_beside
from virtwright.schemas.model import to_properties
from virtwright.schemas.readiness import WaitFor
from virtwright.schemas.service import Service, ServiceOutputs
from virtwright.schemas.values import Properties

_BEGINS: Final = 0.5
"""Seconds more in which the swarm begins with what it was told: before that, a service looks as if it were done."""
_GLANCE: Final = 1.0
"""Most seconds that copies are looked at after they run."""


class SwarmServiceHandler:
    """Services of one swarm. An id is the swarm's own."""

    linger: float = LINGER + _BEGINS

    def __init__(self, connection: DockerConnection) -> None:
        self._manager = Manager(connection)
        self._files = FileObjects(self._manager)
        self._sender = Sender(self._manager)
        self._writer = Writer(self._manager, self._files, self._sender)

    def check(self, inputs: Service) -> Service:
        return check_service(inputs)

    def diff(self, prior: Service, goal: Service) -> Diff:
        return service_diff(prior, goal)

    def lasting(self, inputs: Service) -> Mapping[str, Any]:
        """The files alone: their keyed hash names the secrets and configs that hold them."""
        return {"files": to_properties(inputs).get("files")}

    def warnings(self, inputs: Properties) -> Iterator[Problem]:
        return service_warnings(inputs)

    def create(self, stamp: Stamp, inputs: Service, context: Context) -> ServiceOutputs:
        name, id = object_name(stamp), ""
        try:
            try:
                id = self._make(name, stamp, inputs, context)
            except ConflictError:
                self._files.prune(name, self._in_use(name))
                name = name_beside(name, stamp, self._holder(name, context), context)
                id = self._make(name, stamp, inputs, context)
            reach(STEP)
            since = int(self._manager.service(id, context)["Version"]["Index"])
            timeout = (inputs.wait_for or WaitFor()).timeout
            found = Convergence(
                self._manager, id, since - 1, False, context, timeout=timeout, steady=_steady(inputs)
            ).wait()
        except HostError as error:
            self._undo(name, id, error)
            raise
        return read_outputs(found, self._manager.tasks(id))

    def update(self, id: str, stamp: Stamp, prior: Service, goal: Service, context: Context) -> ServiceOutputs:
        before = self._manager.service(id, context)
        name = str(before["Spec"]["Name"])
        spec = self._writer.changed(before, stamp, goal, context)
        self._sender.update(id, before, spec, context)
        reach(STEP)
        since = int(before["Version"]["Index"])
        rolls = is_undone(before) or said(spec["TaskTemplate"]) != said(before["Spec"]["TaskTemplate"])
        try:
            found = Convergence(
                self._manager, id, since, rolls, context, stall=_stall(prior, goal), steady=_steady(goal)
            ).wait()
        except UpdateFailedError:
            self._prune(id, name)
            raise
        self._prune(id, name)
        return read_outputs(found, self._manager.tasks(id))

    def delete(self, id: str, context: Context) -> None:
        try:
            name = str(self._manager.service(id, context)["Spec"]["Name"])
        except GoneError:
            return
        self._remove(id, name, context)

    def observe(self, stack: str) -> Iterator[Observed[Service, ServiceOutputs]]:
        listing = list_services(self._manager, self._files, stack)
        for each in listing.services:
            stamp = stamp_of(each["Spec"].get("Labels"), each["Spec"]["Name"])
            if stamp is not None:
                yield observed(each, stamp, listing)

    def find(self, names: Collection[str] | None) -> Iterator[Taken[Service, ServiceOutputs]]:
        return find_services(self._manager, names)

    def tidy(self, stack: str, identity: str) -> None:
        """Remove secrets and configs whose service was never made, or is gone."""
        for held in self._lone():
            if held.stack == stack and held.identity in ("", identity):
                self._files.remove(held)

    def remains(self, stack: str) -> Iterator[Remain]:
        for held in self._lone():
            if held.stack == stack:
                yield Remain(f"{held.sort}/{held.id}", f"{held.sort.lower()} {held.name}", held.identity)

    def remove_remain(self, id: str, context: Context) -> None:
        held = next((each for each in self._lone() if id == f"{each.sort}/{each.id}"), None)
        if held is not None:
            self._files.remove(held)

    def _lone(self) -> Iterator[Held]:
        """Secrets and configs without their service."""
        there = {each["Spec"]["Name"] for each in self._manager.services()}
        return (held for held in self._files.listed() if held.service not in there)

    def _make(self, name: str, stamp: Stamp, inputs: Service, context: Context) -> str:
        return self._sender.create(self._writer.new(name, stamp, inputs, context), context)

    def _holder(self, name: str, context: Context) -> Holder | None:
        try:
            found = self._manager.service(name, context)
        except GoneError:
            return None
        stamp = stamp_of(found["Spec"].get("Labels"), name)
        return Holder(stamp, str(found["ID"]), told_time(found.get("CreatedAt"))) if stamp is not None else None

    def _in_use(self, name: str) -> set[str]:
        """The secrets and configs of the service with this name, if there is one."""
        try:
            found = self._manager.service(name, Context())
        except GoneError:
            return set()
        return names(found["Spec"]) | names(found.get("PreviousSpec"))

    def _prune(self, id: str, name: str) -> None:
        """What an update that is not over could still go back to is kept."""
        self._files.prune(name, needed(self._manager.service(id, Context())))

    def _undo(self, name: str, id: str, error: HostError) -> None:
        try:
            if id:
                self._remove(id, name, Context())
            else:
                self._files.prune(name, self._in_use(name))
        except HostError as another:
            if id:
                raise CreateFailedError(
                    f"{error.message}; and it could not be removed: {another.message}", id=id, hint=error.hint
                ) from error

    def _remove(self, id: str, name: str, context: Context) -> None:
        """The service, then its copies, which the swarm stops, and at last what held its files."""
        self._manager.remove_service(id, name, context)
        reach(STEP)

        def left() -> tuple[bool | None, str]:
            listed = self._manager.tasks()  # the daemon filters by no service that is gone
            due = [task for task in listed if task.get("ServiceID") == id and not has_ended(task)]
            tasks = self._manager.within_reach(due)
            return (True if not tasks else None), f"{len(tasks)} still run"

        context.wait("the service's copies to stop", left, slowest=SLOWEST)
        self._files.prune(name, ())


def _steady(inputs: Service) -> float:
    """The swarm watches new copies of an update itself; this is for those that start and end at once."""
    return min(inputs.update.monitor, _GLANCE)


def _stall(prior: Service, goal: Service) -> float:
    """Seconds in which the swarm gets further with an update: it watches new copies and waits between them, too."""
    ready = (goal.wait_for or WaitFor()).timeout
    return ready + goal.update.delay + goal.update.monitor + max(prior.stop_timeout, goal.stop_timeout)
