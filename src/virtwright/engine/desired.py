"""A goal made ready for the decision: checked, completed with defaults, its secrets known."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from virtwright.engine.local_files import absolute, path_fields, relative
from virtwright.engine.paths import parse_path, transplant
from virtwright.errors import Problem, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Handler
from virtwright.providers.context import Known
from virtwright.providers.hooks import Recalls, offers
from virtwright.schemas.kinds import Kind
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.properties import from_model, to_model
from virtwright.schemas.values import (
    Path,
    Properties,
    has_secret,
    has_unknown,
    mark_secrets,
    secret_origins,
    secret_paths,
)
from virtwright.stacks.base import Goal


@dataclass(frozen=True, slots=True)
class Desired:
    """A checked goal."""

    goal: Goal
    kind: Kind
    model: Model
    """What the handler receives: secrets in clear, paths absolute."""
    plain: Properties
    """The model as properties, secrets in clear, paths relative to the stack's folder."""
    properties: Properties
    """The inputs as they are kept and shown: as ``plain``, secrets wrapped."""

    complete: bool
    """Nothing in it is unknown."""

    def keeping(self, current: Properties, secrets: frozenset[Path]) -> "Desired":
        """With the values that are in force wherever differences are to be ignored. ``secrets`` are the paths of what
        is secret among those. Raises ``InputError`` where the two do not go together."""
        plain: Properties = self.plain
        for text in self.goal.ignore_changes:
            plain = transplant(parse_path(text), source=current, target=plain)
        if plain == self.plain:
            return self
        located = absolute(self.kind.inputs, plain, self.goal.folder)
        model = to_model(self.kind.inputs, located, self.goal.locate)
        properties = mark_secrets(dict(plain), self.secrets | secrets, secret_origins(self.properties))
        return replace(self, model=model, plain=plain, properties=properties)

    @property
    def portable(self) -> Model:
        """The model that says the same in every checkout of the stack."""
        return self.kind.inputs.model_validate(self.plain) if path_fields(self.kind.inputs) else self.model

    def prior(self, inputs: Properties) -> Model:
        """What the handler receives of the object's inputs that are in force."""
        return self.kind.inputs.model_validate(absolute(self.kind.inputs, inputs, self.goal.folder))

    @property
    def declared_secrets(self) -> Properties:
        """As ``properties``, but that the content of a file is no secret: nobody has said that it is one."""
        read = {read.content for read in self.goal.reads}
        marked: Properties = mark_secrets(self.plain, self.secrets - read)
        return marked

    @property
    def secrets(self) -> frozenset[Path]:
        return secret_paths(self.properties)


def located(error: VirtwrightError, goal: Goal) -> VirtwrightError:
    """Give each problem of a provider's check its place: that of the field it names, or of the whole resource."""
    error.problem, *others = placed(error.problems, goal)
    error.others = tuple(others)
    return error


def placed(problems: Iterable[Problem], goal: Goal) -> tuple[Problem, ...]:
    """The problems that a goal met, with their places; the error that tells of them may be met by other goals too."""
    return tuple(_located(each, goal) for each in problems)


def prepare(goal: Goal, kind: Kind, handler: Handler[Any, Any] | None, before: Known | None = None) -> Desired:
    """Validate and let the provider check, where it is known; ``before`` is what the state has of the object.

    Raises ``InputError`` or ``UnsupportedError`` with the place in the stack."""

    def locate(path: Path) -> Where:
        return replace(goal.locate(path), urn=str(goal.urn))

    model = to_model(kind.inputs, goal.inputs, locate)
    if handler is not None:
        try:
            model = handler.judge(before, model) if offers(handler, Recalls) else handler.check(model)
        except VirtwrightError as error:
            raise located(error, goal) from error.__cause__
    plain = relative(kind.inputs, to_properties(model), goal.folder)
    wrapped = has_secret(goal.inputs)
    properties = relative(kind.inputs, from_model(model, goal.inputs), goal.folder) if wrapped else plain
    return Desired(goal, kind, model, plain, properties, complete=not has_unknown(goal.inputs))


def _located(problem: Problem, goal: Goal) -> Problem:
    if problem.where.line is not None or problem.where.urn not in (None, str(goal.urn)):
        return problem  # it has its place, or is about another resource
    path = parse_path(problem.where.path) if problem.where.path else ()
    place = goal.locate(path)
    where = replace(place, path=place.path or problem.where.path, urn=str(goal.urn), host=problem.where.host)
    return replace(problem, where=where)
