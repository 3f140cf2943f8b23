"""Dataclasses that cost little until they are used.

``dataclasses.dataclass`` writes up to seven methods for each class and compiles them, which takes more than all else in the start
of a short command. The decorator here means the same: the standard library collects the fields and makes the slots; but
equality, hash, text and what refuses changes are closures, and ``__init__`` is compiled when the first object is made. For the
type checker it is the standard library's.
"""

import dataclasses
import operator
import reprlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

_MISSING: Final = dataclasses.MISSING
_standard: Final = dataclasses.dataclass
_ORDER: Final = {"__lt__": operator.lt, "__le__": operator.le, "__gt__": operator.gt, "__ge__": operator.ge}


def _dataclass(
    kind: type[Any] | None = None, /, *, frozen: bool = False, eq: bool = True, order: bool = False, **flags: bool
) -> Any:
    def made(each: type[Any]) -> type[Any]:
        return _made(each, frozen=frozen, eq=eq, order=order, **flags)

    return made if kind is None else made(kind)


def _made(kind: type[Any], *, frozen: bool, eq: bool, order: bool, **flags: bool) -> type[Any]:
    own = dict(vars(kind))
    kind.__doc__ = kind.__doc__ or kind.__name__  # else the signature would be found out for it
    made: type[Any] = _standard(init=False, repr=False, eq=False, **flags)(kind)
    fields = dataclasses.fields(made)
    methods: dict[str, Any] = {"__init__": _deferred_init(made, frozen=frozen), "__repr__": _repr(fields)}
    if eq:
        methods["__eq__"] = _eq(fields)
        methods["__hash__"] = _hash(fields) if frozen else None
    if order:
        methods |= {name: _order(fields, compare) for name, compare in _ORDER.items()}
    if own.get("__hash__") is None and "__eq__" in own:
        own.pop("__hash__", None)  # Python's own, beside an __eq__ that the class has
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    if frozen:
        _freeze(made, fields)
        if flags.get("slots", False):  # copying and pickling would set attributes
            made.__getstate__, made.__setstate__ = _state, _set_state  # type: ignore[assignment]
    return made


def _values(names: list[str]) -> Callable[[Any], Any]:
    """What gives an object's values of the names as a tuple."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    if not names:
        return lambda each: ()
    value = operator.attrgetter(*names)
    return lambda each: (value(each),)


def _eq(fields: tuple[Any, ...]) -> Callable[[Any, object], bool]:
    values = _values([each.name for each in fields if each.compare])

    def equal(self: Any, other: Any) -> bool:
        same: bool = values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented
        return same

    return equal


def _order(fields: tuple[Any, ...], compare: Callable[[Any, Any], Any]) -> Callable[[Any, object], bool]:
    values = _values([each.name for each in fields if each.compare])

    def ordered(self: Any, other: Any) -> bool:
        known: bool = compare(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented
        return known

    return ordered


def _hash(fields: tuple[Any, ...]) -> Callable[[Any], int]:
    values = _values([each.name for each in fields if (each.compare if each.hash is None else each.hash)])
    return lambda self: hash(values(self))


def _repr(fields: tuple[Any, ...]) -> Callable[[Any], str]:
    names = [each.name for each in fields if each.repr]

    @reprlib.recursive_repr()
    def text(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return text


def _deferred_init(kind: type[Any], *, frozen: bool) -> Callable[..., None]:
    def init(self: Any, /, *args: Any, **kwargs: Any) -> None:
        compiled = _init(kind, frozen=frozen)
        kind.__init__ = compiled
        compiled(self, *args, **kwargs)

    return init


def _init(kind: type[Any], *, frozen: bool) -> Callable[..., None]:
    parameters: dict[bool, list[str]] = {False: [], True: []}
    body = []
    scope: dict[str, Any] = {"__set__": object.__setattr__, "__missing__": _MISSING}
    for each in dataclasses.fields(kind):
        name = value = each.name
        given = f"__given_{name}__"
        made = each.default_factory is not _MISSING
        scope[given] = each.default_factory if made else each.default
        if each.init:
            usual = "=__missing__" if made else "" if each.default is _MISSING else f"={given}"
            parameters[bool(each.kw_only)].append(name + usual)
            value = f"{given}() if {name} is __missing__ else {name}" if made else name
        elif scope[given] is _MISSING:
            continue
        else:
            value = f"{given}()" if made else given
        body.append(f"__set__(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(kind, "__post_init__"):
        body.append("self.__post_init__()")
    words = ["self", *parameters[False], *(["*", *parameters[True]] if parameters[True] else [])]
    lines = "".join(f"    {line}\n" for line in body or ["pass"])
    exec(f"def __init__({', '.join(words)}):\n{lines}", scope)  # noqa: S102  as the standard library does; of names alone
    init: Callable[..., None] = scope["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    return init


def _freeze(kind: type[Any], fields: tuple[Any, ...]) -> None:
    names = frozenset(each.name for each in fields)

    def refuse_to_set(self: Any, name: str, value: Any) -> None:
        if type(self) is kind or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(kind, self).__setattr__(name, value)

    def refuse_to_delete(self: Any, name: str) -> None:
        if type(self) is kind or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(kind, self).__delattr__(name)

    kind.__setattr__, kind.__delattr__ = refuse_to_set, refuse_to_delete  # type: ignore[assignment]


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  for mypy, which else takes it for private
else:
    dataclass = _dataclass
