"""A YAML stack as a program: every resource is registered as soon as what it needs has been."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from pydantic import ValidationError

from virtwright.errors import InputError, Problem, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Properties, Value, mark_secrets, reveal
from virtwright.stacks.base import Goal, Read, Register, Registered, StackName
from virtwright.stacks.yaml.allowance import Allowance, EvaluationError
from virtwright.stacks.yaml.check import Shape, shape
from virtwright.stacks.yaml.declared import Declared
from virtwright.stacks.yaml.evaluate import Template, evaluate
from virtwright.stacks.yaml.expressions import CONFIG, INDEX, Key, Reference
from virtwright.stacks.yaml.fields import replaced
from virtwright.stacks.yaml.files import FileProblem, Texts, settle_files
from virtwright.stacks.yaml.scope import pick
from virtwright.trust import TRUSTED, Trust


@dataclass(frozen=True, slots=True)
class YamlProgram:
    """A checked stack file. Implements ``stacks.base.Program``."""

    name: StackName
    hash: Callable[[], str] = field(repr=False)
    """Computes ``digest``, which takes its time where there are secrets and is not always asked for."""
    declared: Mapping[Key, Declared] = field(repr=False)
    outputs: Mapping[str, Template] = field(repr=False)
    config: Mapping[str, Value] = field(repr=False)
    trust: Trust = TRUSTED

    @property
    def digest(self) -> str:
        return self.hash()

    async def run(self, register: Register) -> Mapping[str, object]:
        """Raises ``InputError`` where a reference has no value although its resource is there."""
        return await _Run(self, register).all()


class _Run:
    """One run of a program: who waits for whom, and what has been registered."""

    def __init__(self, program: YamlProgram, register: Register) -> None:
        self._program = program
        self._register = register
        self._done: dict[Key, Registered] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._problems: list[Problem] = []
        self._allowance = Allowance()
        self._texts = Texts()
        self._waiting: dict[Key, int] = {}
        self._dependants: dict[Key, list[Key]] = {}
        for key, declared in program.declared.items():
            needs = declared.needs
            self._waiting[key] = len(needs)
            for need in needs:
                self._dependants.setdefault(need, []).append(key)

    async def all(self) -> Mapping[str, object]:
        for key, count in self._waiting.items():
            if count == 0:
                self._begin(key)
        try:
            while self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise
        if self._failure is not None:
            raise self._failure
        outputs = {name: self._value(template, None, f"outputs.{name}") for name, template in self._outputs()}
        if self._problems:
            raise InputError(self._problems)
        return outputs

    def _outputs(self) -> list[tuple[str, Template]]:
        return [] if self._problems else list(self._program.outputs.items())

    def _begin(self, key: Key) -> None:
        """Start nothing new once something is wrong: what is under way is awaited, then the run ends."""
        if self._failure is None and not self._problems:
            goal = self._goal(self._program.declared[key])
            if not self._problems:
                task = asyncio.create_task(self._one(key, goal))
                self._tasks.add(task)
                task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        self._failure = self._failure or error

    async def _one(self, key: Key, goal: Goal) -> None:
        self._done[key] = await self._register(goal)
        for dependant in self._dependants.get(key, ()):
            self._waiting[dependant] -= 1
            if self._waiting[dependant] == 0:
                self._begin(dependant)

    def _goal(self, declared: Declared) -> Goal:
        options = declared.options
        references = self._urns(declared.uses)
        inputs, reads = self._inputs(declared)
        return Goal(
            urn=declared.urn,
            kind=declared.kind,
            inputs=inputs,
            host=None if declared.host is None else self._program.declared[declared.host].urn,
            dependencies=references | self._urns(declared.after),
            references=references,
            aliases=declared.aliases,
            protect=options.protect,
            retain_on_delete=options.retain_on_delete,
            ignore_changes=tuple(options.ignore_changes),
            import_id=options.import_id,
            timeouts=options.timeouts,
            folder=str(declared.folder),
            reads=reads,
            locate=declared.place,
        )

    def _urns(self, keys: Mapping[Key, Any]) -> frozenset[Urn]:
        return frozenset(self._program.declared[key].urn for key in keys)

    def _inputs(self, declared: Declared) -> tuple[Properties, tuple[Read, ...]]:
        formed = declared.shape
        if declared.template is not None:
            values = self._value(declared.template, declared.index, declared.place.path())
            settled = _settled(declared, values, self._texts, self._program.trust)
            if settled is None:
                return (values if isinstance(values, Mapping) else {}), ()
            formed = settled
        plain: Value = formed.plain
        if declared.template is None:
            for path, expression in declared.holes:
                plain = replaced(plain, path, self._value(expression, declared.index, declared.place.path(path)))
        for link in declared.links:
            registered = self._done[link.target]
            name = UNKNOWN if registered.result != "done" else registered.outputs.get(link.attribute, UNKNOWN)
            plain = replaced(plain, link.path, reveal(name))
        marked: Properties = mark_secrets(plain, formed.secrets, formed.origins)
        return marked, formed.reads

    def _value(self, template: Template, index: int | None, path: str) -> Value:
        try:
            return evaluate(template, lambda reference: self._look_up(reference, index), self._allowance)
        except EvaluationError as error:
            place = next(iter(self._program.declared.values())).place if self._program.declared else None
            where = Where(place.file if place else None, error.at.line, error.at.column, path)
            self._problems.append(Problem(str(error), where))
            return UNKNOWN

    def _look_up(self, reference: Reference, index: int | None) -> Value:
        if reference.section == INDEX:
            return index
        if reference.section == CONFIG:
            return pick(self._program.config.get(reference.name, UNKNOWN), reference)
        registered = self._done[reference.key]
        if registered.result != "done":
            return UNKNOWN
        return pick(registered.outputs, reference)


def _settled(declared: Declared, values: Value, texts: Texts, trust: Trust) -> Shape | None:
    """The inputs in their one form; None where they do not fit the model, which the engine's check then reports."""
    try:
        model = declared.model.model_validate(reveal(values))
        return settle_files(declared.model, shape(model, values), declared.folder, texts, trust)
    except (ValidationError, FileProblem):
        return None
