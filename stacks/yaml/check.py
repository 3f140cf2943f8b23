"""Checking a template's values against a model of the vocabulary, with problems at their places in the file."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, TypeVar

from pydantic import ValidationError

from virtwright.errors import Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.model import Model
from virtwright.schemas.problems import FieldProblem, problems_of
from virtwright.schemas.properties import carried
from virtwright.schemas.values import (
    UNKNOWN,
    Path,
    Properties,
    render_path,
    reveal,
    secret_origins,
    secret_paths,
)
from virtwright.stacks.base import Read
from virtwright.stacks.yaml.nodes import Node
from virtwright.stacks.yaml.problems import Problems

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: its file, its path there and its node. Called with a field's path it locates the field."""

    file: str
    base: Path
    node: Node
    secrets: frozenset[Path] = frozenset()
    """The fields whose values must not be shown."""

    def __call__(self, path: Path) -> Where:
        return self.where(path)

    def where(self, path: Path, *, of_key: bool = False) -> Where:
        line, column = self.node.position(path, of_key=of_key)
        return Where(self.file, line, column, self.path(path))

    def hides(self, path: Path) -> bool:
        """Whether what stands at ``path`` is secret, or a part of a secret."""
        return any(path[: len(secret)] == secret for secret in self.secrets)

    def path(self, path: Path = ()) -> str:
        return render_path((*self.base, *path))


def check_model(
    model: type[ModelT], values: Any, place: Place, problems: Problems, *, partial: bool = False
) -> ModelT | None:
    """The validated model, or None with the reasons in ``problems``. No reason quotes a secret.

    With ``partial`` what is wrong becomes ``UNKNOWN`` where that is possible, so that the rest can be looked at as well.
    """
    try:
        return model.model_validate(reveal(values))
    except ValidationError as error:
        wrong = problems_of(error, secret_paths(values))
    for found in wrong:
        at = place.node.position(found.path, of_key=_is_unknown_field(found))
        problems.add(found.message, at, place.path(found.path), found.hint)
    return _without(wrong, model, values) if partial else None


def _is_unknown_field(found: FieldProblem) -> bool:
    return found.message.startswith("unknown field")


def _without(wrong: list[FieldProblem], model: type[ModelT], values: Any) -> ModelT | None:
    rest = dict(values) if isinstance(values, dict) else {}
    for found in wrong:
        name = str(found.path[0]) if found.path else ""
        if name in model.model_fields:
            rest[name] = UNKNOWN
        else:
            rest.pop(name, None)
    try:
        return model.model_validate(reveal(rest))
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class Shape:
    """Inputs in their one form: shorthands written out, fields that were not given left out."""

    plain: Mapping[str, Any]
    """In clear."""
    secrets: frozenset[Path]
    """What in ``plain`` is secret."""
    reads: tuple[Read, ...] = ()
    """The files that it names."""
    origins: Mapping[Path, str] = field(default_factory=dict)
    """By path: those of the secrets."""


def shape(model: Model, declared: Properties, without: frozenset[str] = frozenset()) -> Shape:
    """What ``model``, validated from ``declared``, holds, but for the fields in ``without``."""
    plain = model.model_dump(by_alias=True, exclude_unset=True, exclude=set(without), warnings=False)
    secrets = secret_paths(declared)
    if not secrets:
        return Shape(plain, secrets)
    return Shape(plain, carried(secrets, declared, plain), origins=secret_origins(declared))
