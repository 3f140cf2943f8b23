"""From declared properties to a validated model and back, without losing track of what is secret."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from virtwright.errors import InputError, Problem, Where
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.problems import problems_of
from virtwright.schemas.values import (
    Path,
    Properties,
    Value,
    mark_secrets,
    render_path,
    reveal,
    secret_origins,
    secret_paths,
    value_at,
)

ModelT = TypeVar("ModelT", bound=Model)
Locate = Callable[[Path], Where]


def _by_path(path: Path) -> Where:
    return Where(path=render_path(path))


def to_model(model: type[ModelT], properties: Properties, locate: Locate = _by_path) -> ModelT:
    """Validate. Secrets are revealed, ``UNKNOWN`` stays. Raises ``InputError`` with all problems at once, none of which
    quotes a secret; ``locate`` says where a field was written."""
    try:
        return model.model_validate(reveal(properties))
    except ValidationError as error:
        found = problems_of(error, secret_paths(properties))
        raise InputError([Problem(each.message, locate(each.path), each.hint) for each in found]) from None


def from_model(model: Model, declared: Properties) -> dict[str, Value]:
    """All fields of ``model`` as properties. What ``declared`` holds as a secret is a secret here too, also where the
    model moved it or filled another field from it."""
    dumped = to_properties(model)
    secrets = secret_paths(declared)
    if not secrets:
        return dumped
    marked = mark_secrets(dumped, carried(secrets, declared, dumped), secret_origins(declared))
    assert isinstance(marked, dict)
    return marked


def normalise(model: type[Model], properties: Properties, locate: Locate = _by_path) -> dict[str, Value]:
    """The properties with defaults filled in and every value in its one form. Raises ``InputError``."""
    return from_model(to_model(model, properties, locate), properties)


def carried(secrets: frozenset[Path], declared: Value, dumped: Value) -> frozenset[Path]:
    """Where the secrets of ``declared`` are in ``dumped``: at the same path, or all of what took its place; and beside
    it, where a field that was left out was filled with the same value."""
    places = {_existing(path, dumped) for path in secrets}
    for place in list(places):
        places |= set(_copies(place, declared, dumped))
    return frozenset(places)


def _existing(path: Path, dumped: Value) -> Path:
    value = dumped
    for depth, part in enumerate(path):
        if not _has(value, part):
            return path[:depth]
        value = value[part]
    return path


def _copies(place: Path, declared: Value, dumped: Value) -> Iterator[Path]:
    if not place:
        return
    *above, name = place
    written, made = value_at(declared, above), value_at(dumped, above)
    if not isinstance(made, Mapping) or isinstance(made[name], bool | None):
        return
    for key, value in made.items():
        if key != name and value == made[name] and not (_has(written, key) and written[key] is not None):
            yield (*above, key)


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, Mapping):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)
