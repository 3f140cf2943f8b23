"""Whether what a provider gives back is what the protocol's annotation says.

The annotations of ``base.py`` and ``hooks.py`` are the table. A type variable stands for the models of the handler's kind.
"""

import collections.abc
import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from virtwright.schemas.kinds import EVERY_KIND

_ITERABLES: Final = (collections.abc.Iterable, collections.abc.Sequence, collections.abc.Collection)
_SIMPLE: Final = {
    str: "a text",
    bool: "a flag",
    int: "a whole number",
    float: "a number",
    bytes: "bytes",
    type(None): "None",
}


class Misfit(NamedTuple):
    """How an answer differs from what is wanted."""

    given: str
    wanted: str

    def inside(self, outer: str) -> "Misfit":
        return Misfit(f"{outer} {self.given}", self.wanted)


Check = Callable[[Any], Misfit | None]


@cache
def check_of(annotation: Any, kind: str = "") -> Check | None:
    """What checks a value of this type; None for what is not checked. ``kind`` names the models of type variables."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[1]
    if isinstance(annotation, TypeVar):
        return _model(annotation.__name__, kind) if kind in EVERY_KIND else None
    origin, parts = get_origin(annotation) or annotation, get_args(annotation)
    if origin in (Union, types.UnionType):
        return _any_of([check_of(each, kind) for each in parts])
    if origin is Literal:
        return lambda value: None if value in parts else Misfit(described(value), " or ".join(map(repr, parts)))
    if origin is None or origin is type(None):
        return lambda value: None if value is None else Misfit(described(value), "None")
    if origin is Any or not isinstance(origin, type) or getattr(origin, "_is_protocol", False):
        return None
    return _all_of(_instance(origin, annotation), _inside(origin, parts, kind))


def described(value: object) -> str:
    """A value in an error. What it holds may be a secret: only what can be none is shown."""
    if value is None or isinstance(value, bool | int | float) or value == "":
        return repr(value)
    if isinstance(value, type):
        return f"the class {value.__qualname__}"
    if isinstance(value, collections.abc.Coroutine | collections.abc.AsyncGenerator):
        name = "an async generator" if isinstance(value, collections.abc.AsyncGenerator) else "a coroutine"
        return f"{name} (write `def`, not `async def`)"
    return _SIMPLE.get(type(value)) or _one(type(value))


def article(word: str) -> str:
    """A word with its article: ``a Volume``, ``an Image``."""
    return f"{'an' if word[0] in 'AEIOUaeiou' else 'a'} {word}"


def _one(cls: type) -> str:
    return article(cls.__name__)


def _instance(cls: type, annotation: Any) -> Check:
    wanted = _SIMPLE.get(cls) or (
        _shown(annotation) if get_args(annotation) and issubclass(cls, Iterable) else _one(cls)
    )
    accepted: tuple[type, ...] = (cls, int) if cls is float else (cls,)
    rejected: tuple[type, ...] = (bool,) if cls in (int, float) else ()
    if issubclass(cls, _ITERABLES) and cls not in (str, bytes):
        rejected = (str, bytes) if cls in (dict, collections.abc.Mapping) else (str, bytes, collections.abc.Mapping)

    def check(value: Any) -> Misfit | None:
        if isinstance(value, accepted) and not (rejected and isinstance(value, rejected)):
            return None
        return Misfit(described(value), wanted)

    return check


def _inside(cls: type, parts: tuple[Any, ...], kind: str) -> Check | None:
    if issubclass(cls, collections.abc.Iterator) or cls is collections.abc.Iterable:
        return None  # what is given one by one is checked as it is taken
    if dataclasses.is_dataclass(cls):
        return _fields(cls, kind)
    if issubclass(cls, collections.abc.Mapping):
        return _items(check_of(parts[0], kind) if parts else None, "with the key")
    if cls is tuple and parts and parts[-1] is not Ellipsis:
        return None
    return _items(check_of(parts[0], kind), "with") if parts and issubclass(cls, collections.abc.Iterable) else None


def _items(check: Check | None, joined: str) -> Check | None:
    if check is None:
        return None

    def each(value: Iterable[Any]) -> Misfit | None:
        for item in value:
            if misfit := check(item):
                return misfit.inside(f"{_one(type(value))} {joined}")
        return None

    return each


def _fields(cls: type, kind: str) -> Check | None:
    checks = [
        (field.name, check)
        for field in dataclasses.fields(cls)
        if (check := _filled if field.name == "id" and field.type is str else _of_field(field, kind)) is not None
    ]

    def each(value: Any) -> Misfit | None:
        for name, check in checks:
            if misfit := check(getattr(value, name)):
                return misfit.inside(f"{_one(cls)} whose {name} is")
        return None

    return each


def _of_field(field: dataclasses.Field[Any], kind: str) -> Check | None:
    annotation: Any = field.type
    return check_of(annotation, kind)


def _filled(value: Any) -> Misfit | None:
    return None if isinstance(value, str) and value else Misfit(described(value), "a text that is not empty")


def _model(variable: str, kind: str) -> Check:
    """A model of the kind itself: what another class has besides, or lacks, could not be read from the state again."""
    outputs = variable.startswith("Outputs")

    def check(value: Any) -> Misfit | None:
        model = EVERY_KIND[kind].outputs if outputs else EVERY_KIND[kind].inputs
        if type(value) is not model:
            of = f", of {type(value).__module__}," if type(value).__name__ == model.__name__ else ""
            return Misfit(described(value) + of, _one(model))
        for name in ("id", "name") if outputs else ():
            if name in model.model_fields and (misfit := _filled(getattr(value, name, None))):
                return misfit.inside(f"{_one(model)} whose {name} is")
        return None

    return check


def _any_of(checks: list[Check | None]) -> Check | None:
    certain = [each for each in checks if each is not None]
    if len(certain) < len(checks):
        return None

    def check(value: Any) -> Misfit | None:
        misfits = []
        for each in certain:
            if (misfit := each(value)) is None:
                return None
            misfits.append(misfit)
        deepest = max(misfits, key=lambda each: len(each.given))
        same = all(each.given == deepest.given for each in misfits)
        return Misfit(deepest.given, " or ".join(each.wanted for each in misfits)) if same else deepest

    return check


def _all_of(outer: Check, inner: Check | None) -> Check:
    return outer if inner is None else lambda value: outer(value) or inner(value)


def _shown(annotation: Any) -> str:
    names = [getattr(each, "__name__", str(each)) for each in get_args(annotation) if each is not Ellipsis]
    kind = get_origin(annotation).__name__.lower()
    if issubclass(get_origin(annotation), Mapping):
        return article(kind)
    return f"{article(kind)} of {' and '.join('text' if each == 'str' else each for each in names)}"
