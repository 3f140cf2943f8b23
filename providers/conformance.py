"""Whether a class is what its place demands: each public name is a hook of that place, and can be called as it is called.

A class is looked at once. A call is written down by the protocol's own method: what is keyword-only there is given by name,
all else in its order, so that names of those parameters are free.
"""

import difflib
import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from types import FunctionType, MethodType
from typing import Any, ClassVar, Final, get_args, get_origin, get_type_hints

from virtwright.errors import Problem
from virtwright.providers.answers import article
from virtwright.providers.hooks import PLACES, Place, members
from virtwright.schemas.kinds import DYNAMIC, KINDS

_GUIDE: Final = "docs/adding-a-provider.md lists the hooks"
FITTING: Final[Mapping[str, set[type]]] = {place.name: set() for place in PLACES}
"""The classes that were looked at, by the name of the place that they fit."""


def fits(holder: object, place: Place) -> bool:
    """Whether an object fits its place. A class that does is looked at once."""
    seen = FITTING[place.name]
    if holder.__class__ not in seen:
        if faults(holder.__class__, place, holder):
            return False
        seen.add(holder.__class__)
    return True


def faults(cls: type, place: Place, holder: object | None = None) -> tuple[Problem, ...]:
    """All that is wrong with a class; with an object of it, also what only that tells: its attributes."""
    return tuple(_Inspection(cls, place, holder).faults())


def kind_faults(provider: type, kinds: Collection[str]) -> Iterator[Problem]:
    """Kinds that there are not: their handlers would never be asked."""
    known = [*KINDS, DYNAMIC.name]
    for kind in kinds:
        if kind not in known:
            near = difflib.get_close_matches(str(kind), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the kinds are: {', '.join(KINDS)}"
            told = f"{class_name(provider)} has a handler for {kind!r}, which is no kind ({_class_place(provider)})"
            yield Problem(told, hint=hint)


def swapped(handler: type, kind: str) -> Iterator[Problem]:
    """A handler that says of itself, by the type that its ``check`` takes, that it is for another kind."""
    try:
        hints = get_type_hints(getattr(handler, "check", None))
    except Exception:  # noqa: BLE001  (of names that are there for type checkers only, nothing can be known)
        return
    taken = next(iter(hints.values()), None)
    models = {each.inputs: name for name, each in KINDS.items()}
    if kind in KINDS and models.get(taken, kind) != kind:  # type: ignore[arg-type]
        told = f"{class_name(handler)}.check takes {article(models[taken])}: the engine wants a handler of {kind!r}"  # type: ignore[index]
        yield Problem(f"{told} ({member_place(handler, 'check')})", hint=_GUIDE)


class _Inspection:
    """One class in one place."""

    def __init__(self, cls: type, place: Place, holder: object | None) -> None:
        self._cls = cls
        self._place = place
        self._holder = holder
        self._attributes = _public_attributes(holder)
        self._own = _public(cls) | dict.fromkeys(each for each in self._attributes if not hasattr(cls, each))
        self._known = {name: hook for hook in (place.owed, *place.hooks) for name in members(hook)}

    def faults(self) -> Iterator[Problem]:
        for name in self._own:
            if name not in self._known:
                if not isinstance(self._own[name], _Declared):
                    yield self._unknown(name)
            elif complaint := self._misfit(name, members(self._known[name])[name]):
                yield self._problem(name, complaint)
        yield from self._missing()

    def _missing(self) -> Iterator[Problem]:
        for hook in (self._place.owed, *self._place.hooks):
            lacking = [name for name in members(hook) if name not in self._own and self._is_told(hook, name)]
            there = (
                hook is self._place.owed
                or hook in self._cls.__mro__
                or any(name in self._own for name in members(hook))
            )
            if lacking and there:
                told = ", ".join(wanted(hook, name) for name in lacking)
                why, hint = self._why(hook)
                yield Problem(f"{class_name(self._cls)} lacks {told}: {why} ({_class_place(self._cls)})", hint=hint)

    def _why(self, hook: type) -> tuple[str, str]:
        """Why the rest of a hook must be there, and what to do."""
        if hook is self._place.owed:
            return f"{self._place.name} owes it", _GUIDE
        whole = f"{hook.__name__} is offered as a whole"
        there = [name for name in members(hook) if name in self._own]
        if not there:
            return whole, _GUIDE
        return f"{whole}, and has {', '.join(there)}", f"{_GUIDE}\n{_private(there[0])}"

    def _is_told(self, hook: type, name: str) -> bool:
        """Whether it can be known by now: what a class lacks, its object may have, but no method."""
        return self._holder is not None or is_method(members(hook)[name])

    def _unknown(self, name: str) -> Problem:
        near = _near(name, self._known)
        elsewhere = [place.name for place in PLACES for hook in (place.owed, *place.hooks) if name in members(hook)]
        if elsewhere:
            hint = f"it is a hook of {elsewhere[0]}"
        elif near:
            hint = f"did you mean {wanted(self._known[near], near)}?"
        else:
            hint = _GUIDE
        return self._problem(name, f"is no hook of {self._place.name}", f"{hint}\n{_private(name)}")

    def _misfit(self, name: str, demand: Any) -> str | None:
        raw, hook = self._own[name], self._known[name]
        if not is_method(demand):
            complaint = self._value_misfit(name, raw, demand)
            form = "a property, " if isinstance(demand, property) else ""
            return complaint and f"{complaint}: the engine wants {form}{wanted(hook, name)}"
        if name in self._attributes:
            return f"is an attribute of the object: write a method, {wanted(hook, name, bound=False)}"
        if isinstance(demand, classmethod) and not isinstance(raw, classmethod | staticmethod):
            return f"is no classmethod: the engine wants {wanted(hook, name)}"
        if isinstance(raw, property | cached_property | type) or not callable(getattr(self._cls, name, None)):
            return f"is no method: the engine wants {wanted(hook, name, bound=False)}"
        if isinstance(raw, partial):
            return f"is a partial, which Python binds to its object from 3.14 on: write a method, {wanted(hook, name, bound=False)}"
        function = getattr(self._cls, name)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            return f"is async, and would not run: write `def`, not `async def`, {wanted(hook, name, bound=False)}"
        complaint = _call_misfit(self._cls, name, raw, demand)
        return complaint and f"{complaint}: the engine wants {wanted(hook, name, bound=_is_bound(raw))}"

    def _value_misfit(self, name: str, raw: Any, demand: Any) -> str | None:
        if isinstance(raw, property | cached_property):
            return None  # known when it is asked for
        if isinstance(raw, FunctionType | classmethod | staticmethod):
            return "is a method"
        if self._holder is None or isinstance(demand, property):
            return None
        if isinstance(raw, _Declared):
            return "is declared, and has no value"
        value = getattr(self._holder, name)
        return None if _is_a(value, demand) else f"is {value!r}"

    def _problem(self, name: str, complaint: str, hint: str | None = None) -> Problem:
        return Problem(f"{class_name(self._cls)}.{name} {complaint} ({_place(self._own[name], self._cls)})", hint=hint)


def wanted(hook: type, name: str, *, bound: bool = True) -> str:
    """How a hook is called, or what it is: ``end_move(journey, operation, context, *, arrived)``, ``linger: float``; with
    its ``self`` where it is not ``bound``."""
    demand = members(hook)[name]
    if isinstance(demand, property):
        return name
    if not is_method(demand):
        return f"{name}: {_shown(bare_annotation(demand))}"
    parameters = list(inspect.signature(getattr(hook, name)).parameters.values())
    if not isinstance(demand, classmethod) and bound:
        parameters = parameters[1:]
    words, named = [], False
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and not named:
            words.append("*")
            named = True
        words.append(each.name if each.default is each.empty else f"{each.name}={each.default!r}")
    return f"{name}({', '.join(words)})"


def _public(cls: type) -> dict[str, Any]:
    """What a class has under public names. What it inherits from a protocol alone is written nowhere."""
    found: dict[str, Any] = {}
    for each in reversed(cls.__mro__):
        if each is not object and not getattr(each, "_is_protocol", False):
            declared = {name: _Declared() for name in vars(each).get("__annotations__", ()) if name not in found}
            own = {**declared, **vars(each)}
            found |= {name: value for name, value in own.items() if not name.startswith("_")}
    return found


class _Declared:
    """Stands for a value that a class only says the type of."""


def _public_attributes(holder: object | None) -> list[str]:
    return [name for name in getattr(holder, "__dict__", ()) if not name.startswith("_")]


def is_method(demand: Any) -> bool:
    return isinstance(demand, FunctionType | classmethod)


def _call_misfit(cls: type, name: str, raw: Any, demand: Any) -> str | None:
    if _shape(raw) == _shape(demand) is not None:
        return None
    model = list(inspect.signature(demand.__func__ if isinstance(demand, classmethod) else demand).parameters.values())
    given = model[1:] if _is_bound(raw) else model
    function = getattr(cls, name)
    while True:
        try:
            signature = inspect.signature(function, follow_wrapped=False)
        except (TypeError, ValueError):
            return "does not tell what it takes"
        if not _takes(signature, given) or _swaps(signature, given):
            return f"takes {_parameters(signature)}"
        if not _passes_on(signature) or not hasattr(function, "__wrapped__"):
            return None
        function = function.__wrapped__


def _is_bound(raw: Any) -> bool:
    """Whether it is called without the object: as a classmethod, and as what Python binds to none."""
    return isinstance(raw, classmethod | staticmethod | MethodType) or not hasattr(raw, "__get__")


def _takes(signature: inspect.Signature, given: Sequence[inspect.Parameter]) -> bool:
    """Whether it can be called as the engine calls it, with and without what has a default."""
    positional = [each for each in given if each.kind is not each.KEYWORD_ONLY]
    named = [each for each in given if each.kind is each.KEYWORD_ONLY]
    for some in (named, [each for each in named if each.default is each.empty]):
        try:
            signature.bind(*positional, **{each.name: each for each in some})
        except TypeError:
            return False
    return True


def _swaps(signature: inspect.Signature, given: Sequence[inspect.Parameter]) -> bool:
    """Whether a parameter bears the name of another one of the hook. All other names are free."""
    names = [each.name for each in given if each.kind is not each.KEYWORD_ONLY]
    own = [
        each.name
        for each in signature.parameters.values()
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    return any(mine != theirs and mine in names for mine, theirs in zip(own, names, strict=False))


def _passes_on(signature: inspect.Signature) -> bool:
    """Whether it takes whatever it is given, as a decorator's function does that hands it on as it is."""
    return all(each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in signature.parameters.values())


def _near(name: str, known: Iterable[str]) -> str | None:
    """The hook that was meant, also with its words in another order."""
    names = list(known)
    words = sorted(name.split("_"))
    same = [each for each in names if sorted(each.split("_")) == words]
    return next(iter(same or difflib.get_close_matches(name, names, n=1)), None)


def _private(name: str) -> str:
    return f"what a provider has for itself begins with an underscore: _{name}"


def _parameters(signature: inspect.Signature) -> str:
    bare = signature.replace(
        parameters=[each.replace(annotation=each.empty) for each in signature.parameters.values()],
        return_annotation=signature.empty,
    )
    return str(bare)


def _shape(function: Any) -> tuple[Any, ...] | None:
    """The parameters of a plain function, which are compared without building signatures. None for anything else."""
    plain = function.__func__ if isinstance(function, classmethod) else function
    if not isinstance(plain, FunctionType) or hasattr(plain, "__wrapped__"):
        return None
    code = plain.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    stars = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    optional = (len(plain.__defaults__ or ()), tuple(plain.__kwdefaults__ or ()))
    return (code.co_varnames[:count], code.co_argcount, code.co_posonlyargcount, stars, optional)


def bare_annotation(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is ClassVar else annotation


def _is_a(value: object, annotation: Any) -> bool:
    """Whether a value is what an attribute's type says: a number, a flag or a tuple of texts."""
    bare = bare_annotation(annotation)
    if bare is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if get_origin(bare) is tuple:
        return isinstance(value, tuple) and all(isinstance(each, get_args(bare)[0]) for each in value)
    return isinstance(value, bare)


def _shown(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)


def class_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def member_place(cls: type, name: str) -> str:
    """File and line of a member of a class, or of the class where it has none."""
    return _place(inspect.getattr_static(cls, name, None), cls)


def _place(raw: Any, cls: type) -> str:
    """File and line of something, or of its class. They stand in the message: an error's own place is the host in the stack."""
    for part in ("fget", "func", "__func__"):
        raw = getattr(raw, part, raw)
    code = getattr(inspect.unwrap(raw) if callable(raw) else raw, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else _class_place(cls)


def _class_place(cls: type) -> str:
    try:
        return f"{inspect.getsourcefile(cls)}:{inspect.getsourcelines(cls)[1]}"
    except (OSError, TypeError):
        return "written in no file"
