"""What the engine offers a program besides registering goals (``stacks.base.Services``)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from virtwright.engine.events import Logged
from virtwright.engine.hooks import Hooks
from virtwright.engine.importing import told_by_code
from virtwright.engine.run import Run
from virtwright.engine.state.records import Changes
from virtwright.errors import UnsupportedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.hooks import Imports, Recalls, offers
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Properties, has_unknown
from virtwright.stacks.base import Hook, Program, Register, Registered, Served, StackName

if TYPE_CHECKING:
    from virtwright.engine.state.empty import EmptyStore
    from virtwright.engine.state.store import StateStore


@dataclass(frozen=True, slots=True)
class RunServices:
    """The services of one run."""

    run: Run
    hooks: Hooks
    store: "StateStore | EmptyStore"
    stopped: Callable[[], bool]

    @property
    def planning(self) -> bool:
        return self.run.planning

    @property
    def stopping(self) -> bool:
        return self.stopped()

    @property
    def failed(self) -> bool:
        return bool(self.run.errors)

    def log(self, severity: Literal["debug", "info", "warning", "error"], message: str, urn: Urn | None = None) -> None:
        self.run.listen(Logged(severity, self.run.redactor.scrub(message), urn))

    def add_hook(self, name: str, hook: Hook) -> None:
        self.hooks.add(name, hook)

    async def put_outputs(self, component: Urn, outputs: Properties) -> None:
        self.run.redactor.learn(outputs)
        outputs = {name: value for name, value in outputs.items() if not has_unknown(value)}
        record = self.run.snapshot.live.get(component)
        if record is not None and record.outputs != outputs:
            await self.run.actor.commit(Changes(put=(replace(record, outputs=outputs),)))

    def recorded(self, urn: Urn) -> Registered | None:
        record = self.run.snapshot.live.get(urn)
        return Registered(urn, record.id, {**record.inputs, **record.outputs}) if record is not None else None

    async def look_up(self, urn: Urn, kind: str, id: str, host: Urn, given: Properties) -> Registered | None:
        self.run.trust.refuse(f"the {kind} {id!r}, which the stack has not made, is looked up")
        place = self.run.places.connection(host)
        if place is None or not self.run.observing:
            names = {*EVERY_KIND[kind].inputs.model_fields, *EVERY_KIND[kind].outputs.model_fields}
            return Registered(host, None, dict.fromkeys(names, UNKNOWN))
        handler = place.handler(kind)
        if offers(handler, Recalls):
            seen = await told_by_code(self.run, place, handler, urn, id, given)
            return Registered(host, seen.id, {**given, **to_properties(seen.outputs)}) if seen is not None else None
        if not offers(handler, Imports):
            raise UnsupportedError(f"{place.host.uri} can't look up a {kind} that is not in the stack")
        found = await self.run.hosts.call(place, lambda: tuple(handler.find((id,))))
        for each in found:
            if id in (each.id, each.name):
                told = {name: value for name, value in to_properties(each.outputs).items() if value is not None}
                return Registered(host, each.id, {**to_properties(each.inputs), **told})
        return None

    async def ask(self, function: str, arguments: Properties, host: Urn) -> Properties | None:
        self.run.trust.refuse(f"a host is asked for {function}")
        place = self.run.places.connection(host)
        if place is None or not self.run.observing:
            return None
        from virtwright.providers.functions import answer  # loads what images are; few stacks ask

        return await self.run.hosts.call(
            place, lambda: answer(function, arguments, place.provider, place.name, place.host)
        )

    def stack_outputs(self, name: StackName) -> Properties:
        self.run.trust.refuse(f"the outputs of the stack {name} are read")
        outputs = self.store.stack(name).outputs()
        self.run.redactor.learn(outputs)
        return outputs

    def stack_resources(self, name: StackName) -> Mapping[str, Properties]:
        self.run.trust.refuse(f"the resources of the stack {name} are read")
        records = [record for record in self.store.stack(name).resources() if not record.doomed]
        for record in records:
            self.run.redactor.learn(record.outputs)
        return {str(record.urn): record.outputs for record in records}


async def run_program(program: Program, register: Register, services: RunServices) -> Mapping[str, object]:
    """One pass of the program; ``end_program`` must follow."""
    if isinstance(program, Served):
        return await program.serve(register, services)
    return await program.run(register)


async def end_program(program: Program) -> None:
    """The pass is over, whatever became of it."""
    if isinstance(program, Served):
        await program.end()
