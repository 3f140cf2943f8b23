"""Functions of the program that are called before and after steps: an actor around the one that acts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field, replace
from typing import Final, TypeVar

from virtwright.engine.actor import Actor, Task
from virtwright.engine.events import Listener, Warned
from virtwright.engine.hosts import Connection
from virtwright.engine.journeys import CutOff
from virtwright.engine.masking import Redactor
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import CreateFailedError, InputError, Problem, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.moves import Journey
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties
from virtwright.stacks.base import Hook, HookCall

T = TypeVar("T")
MOST_TRIES: Final = 100
"""How often a step is tried again for the sake of a function that asks for it."""


@dataclass(slots=True)
class Hooks:
    """The functions that a program offers in one run."""

    planning: bool
    listen: Listener
    redactor: Redactor
    _known: dict[str, Hook] = field(default_factory=dict)

    def add(self, name: str, hook: Hook) -> None:
        """Raises ``InputError`` where there is one of that name."""
        if name in self._known:
            raise InputError.one(f"two hooks are called {name!r}")
        self._known[name] = hook

    async def call(self, names: Mapping[str, tuple[str, ...]], call: HookCall) -> bool:
        """Call all of a moment, in order. Returns whether one wants a failed step tried again."""
        again = False
        for name in names.get(call.moment, ()):
            hook = self._known.get(name)
            if hook is None:
                self._warn(f"the hook {name!r} ({call.moment}) is not called: the program does not offer it", call)
            elif hook.in_plans or not self.planning:
                again = await self._one(name, hook, call) or again
        return again

    async def _one(self, name: str, hook: Hook, call: HookCall) -> bool:
        try:
            return await hook.call(call)
        except VirtwrightError as error:
            message = f"the hook {name!r} ({call.moment}) failed: {error.message}"
            if not hook.ignore_errors:
                raise VirtwrightError(message, where=Where(urn=str(call.urn)), hint=error.hint) from error
            self._warn(message, call)
            return False

    def _warn(self, message: str, call: HookCall) -> None:
        self.listen(Warned(self.redactor.scrub_problem(Problem(message, Where(urn=str(call.urn))))))


@dataclass(frozen=True, slots=True)
class Hooked:
    """Calls the hooks of each step around what ``actor`` does."""

    actor: Actor
    hooks: Hooks

    async def create(
        self, task: Task, *, dooms: ResourceRecord | None = None, home: Connection | None = None
    ) -> ResourceRecord:
        names = task.desired.goal.hooks
        if not names:
            return await self.actor.create(task, dooms=dooms, home=home)
        call = HookCall("", "create", task.step.urn, None, new_inputs=task.desired.properties)
        return await self._around(names, call, lambda: self.actor.create(task, dooms=dooms, home=home), _made)

    async def update(self, task: Task) -> ResourceRecord:
        names = task.desired.goal.hooks
        if not names or task.step.op is not Op.UPDATE:
            return await self.actor.update(task)
        prior = task.prior
        assert prior is not None
        call = HookCall(
            "", "update", task.step.urn, prior.id, new_inputs=task.desired.properties, old_inputs=prior.inputs,
            old_outputs=prior.outputs,
        )  # fmt: skip
        return await self._around(names, call, lambda: self.actor.update(task), _made)

    async def prepare(self, task: Task) -> None:
        await self.actor.prepare(task)

    async def move(self, task: Task, home: Connection, leaves: Urn, journey: Journey) -> tuple[ResourceRecord, str]:
        names, prior = task.desired.goal.hooks, task.prior
        if not names or prior is None:
            return await self.actor.move(task, home, leaves, journey)
        call = HookCall(
            "", "update", task.step.urn, prior.id, new_inputs=task.desired.properties, old_inputs=prior.inputs,
            old_outputs=prior.outputs,
        )  # fmt: skip
        return await self._around(
            names, call, lambda: self.actor.move(task, home, leaves, journey), lambda done: _made(done[0])
        )

    async def arrive(self, cut: CutOff, *, arrived: bool) -> None:
        await self.actor.arrive(cut, arrived=arrived)

    async def delete(self, step: Step, record: ResourceRecord, connection: Connection, *, keep: bool = False) -> None:
        names = record.traits.hooks
        if not names:
            await self.actor.delete(step, record, connection, keep=keep)
            return
        call = HookCall("", "delete", record.urn, record.id, old_inputs=record.inputs, old_outputs=record.outputs)
        await self._around(names, call, lambda: self.actor.delete(step, record, connection, keep=keep), lambda _: {})

    async def tidy(self, connection: Connection, kind: str) -> None:
        await self.actor.tidy(connection, kind)

    async def commit(self, changes: Changes) -> None:
        await self.actor.commit(changes)

    async def _around(
        self,
        names: Mapping[str, tuple[str, ...]],
        call: HookCall,
        act: Callable[[], Awaitable[T]],
        told: Callable[[T], dict[str, Properties | str | None]],
    ) -> T:
        await self.hooks.call(names, replace(call, moment=f"before_{call.operation}"))
        result = await self._tried(names, call, act)
        done: HookCall = replace(call, moment=f"after_{call.operation}", **told(result))  # type: ignore[arg-type]
        await self.hooks.call(names, done)
        return result

    async def _tried(self, names: Mapping[str, tuple[str, ...]], call: HookCall, act: Callable[[], Awaitable[T]]) -> T:
        errors: tuple[str, ...] = ()
        while True:
            try:
                return await act()
            except CreateFailedError:
                raise  # something is left, and recorded: a second try would make another
            except VirtwrightError as error:
                errors = (error.message, *errors)
                again = await self.hooks.call(names, replace(call, moment="on_error", errors=errors))
                if not again or len(errors) > MOST_TRIES:
                    raise


def _made(record: ResourceRecord) -> dict[str, Properties | str | None]:
    return {"id": record.id, "new_outputs": record.outputs}
