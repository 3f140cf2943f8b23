"""Between virtwright and a provider: what a provider raises, and what it gives back, is held to the protocols.

All that the engine, the command line and the plugin ask of a provider, a handler or operations goes through a ``Guard`` around it.
Without one, a wrong answer would be written into the state, and an exception would be reported as a fault of whoever asked.
"""

import collections.abc
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, partial
from typing import Any, Final, NoReturn, get_args, get_origin

from virtwright.errors import CreateFailedError, ProviderError
from virtwright.providers.answers import Check, Misfit, check_of, described
from virtwright.providers.blame import BUG, failed, is_fault, package_of
from virtwright.providers.conformance import bare_annotation, class_name, is_method, member_place
from virtwright.providers.hooks import PLACES, Place, members


class _Promise:
    """What a protocol says of one name, where a kind is known of that kind."""

    def __init__(self, name: str, demand: Any, kind: str) -> None:
        self.name = name
        self.method = is_method(demand)
        self._kind = kind
        self._annotation = _given_by(demand)

    @cached_property
    def check(self) -> Check | None:
        return check_of(self._annotation, self._kind)

    @cached_property
    def one_by_one(self) -> bool:
        """Whether the answer may be a generator, whose items are checked as they come."""
        return get_origin(self._annotation) in (collections.abc.Iterable, collections.abc.Iterator)

    @cached_property
    def at_leisure(self) -> bool:
        """Whether whoever asked takes them while they come."""
        return get_origin(self._annotation) is collections.abc.Iterator

    @cached_property
    def item_check(self) -> Check | None:
        return check_of(get_args(self._annotation)[0], self._kind)

    @cached_property
    def beside(self) -> "Callable[[Any, tuple[Any, ...]], Misfit | None] | None":
        return _BESIDE.get(self.name)


class Guard:
    """Stands for a provider, a handler or operations. To others it is what it stands for: its class, and all but its hooks."""

    __slots__ = ("__bare", "__owner", "__promises")

    def __init__(self, bare: Any, place: Place, owner: type, kind: str = "") -> None:
        self.__bare = bare
        self.__promises = _promises(place.name, kind)
        self.__owner = owner

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self.__bare)

    def __repr__(self) -> str:
        return repr(self.__bare)

    def __getattr__(self, name: str) -> Any:
        promise = self.__promises.get(name)
        if promise is not None and not promise.method:
            return self.__value(promise)
        try:
            found = getattr(self.__bare, name)
        except AttributeError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again, whatever it is
            self.__blame(name, error)
        return found if promise is None else partial(self.__call, promise, found)

    def __value(self, promise: _Promise) -> Any:
        name = promise.name
        if not hasattr(type(self.__bare), name):
            value = getattr(self.__bare, name)
        else:
            try:
                value = getattr(self.__bare, name)
            except BaseException as error:  # noqa: BLE001 - raised again, whatever it is
                self.__blame(name, error)
        self.__check(promise, value)
        return value

    def __call(self, promise: _Promise, method: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        name = promise.name
        if name in getattr(self.__bare, "__dict__", ()):
            self.__refuse(f"{class_name(type(self.__bare))}.{name} is an attribute of the object: write a method", name)
        try:
            answer = method(*args, **named)
        except BaseException as error:  # noqa: BLE001 - raised again, whatever it is
            self.__blame(name, error)
        self.__check(promise, answer)
        if promise.one_by_one:
            given = self.__each(promise, answer)
            if promise.at_leisure:
                return given
            answer = tuple(given)
        if promise.beside is not None and (misfit := promise.beside(answer, args)) is not None:
            self.__unfit(name, misfit)
        return answer

    def __each(self, promise: _Promise, given: Any) -> Iterator[Any]:
        name, check = promise.name, promise.item_check
        try:
            for item in given:
                if check is not None and (misfit := check(item)) is not None:
                    self.__unfit(name, misfit.inside("among others"))
                yield item
        except BaseException as error:  # noqa: BLE001 - raised again, whatever it is
            self.__blame(name, error)
        finally:
            if callable(close := getattr(given, "close", None)):
                close()

    def __check(self, promise: _Promise, answer: Any) -> None:
        check = promise.check
        if check is not None and (misfit := check(answer)) is not None:
            if isinstance(answer, collections.abc.Coroutine):
                answer.close()  # else Python warns that nobody waited for it
            self.__unfit(promise.name, misfit)

    def __blame(self, name: str, error: BaseException) -> NoReturn:
        """Raise what a provider raised, as an error for users if it is none."""
        if isinstance(error, CreateFailedError) and not (isinstance(error.id, str) and error.id):
            self.__unfit(
                name, Misfit(f"a CreateFailedError whose id is {described(error.id)}", "the id of what is left")
            )
        if not is_fault(error):
            raise error
        own = type(self.__bare)
        packages = {package_of(own.__module__), package_of(self.__owner.__module__)}
        raise failed(f"{class_name(own)}.{name}", error, packages, member_place(own, name)) from error

    def __unfit(self, name: str, misfit: Misfit) -> NoReturn:
        self.__refuse(
            f"{class_name(type(self.__bare))}.{name} gave {misfit.given}: the engine wants {misfit.wanted}", name
        )

    def __refuse(self, message: str, name: str) -> NoReturn:
        raise ProviderError(f"{message} ({member_place(type(self.__bare), name)})", hint=BUG)


def bare(holder: Any) -> Any:
    """What a guard stands for."""
    return object.__getattribute__(holder, "_Guard__bare") if type(holder) is Guard else holder


@cache
def _promises(place: str, kind: str) -> Mapping[str, _Promise]:
    found = next(each for each in PLACES if each.name == place)
    return {
        name: _Promise(name, demand, kind)
        for hook in (found.owed, *found.hooks)
        for name, demand in members(hook).items()
    }


def _given_by(demand: Any) -> Any:
    """What the protocol says that a member gives."""
    if isinstance(demand, property):
        demand = demand.fget
    elif not is_method(demand):
        return bare_annotation(demand)
    return getattr(demand, "__func__", demand).__annotations__.get("return", Any)


def _same_id(answer: Any, args: tuple[Any, ...]) -> Misfit | None:
    id = args[0]
    return None if answer.id == id else Misfit(f"the id {answer.id!r} to what had {id!r}", "the id to stay")


def _once(answer: Any, args: tuple[Any, ...]) -> Misfit | None:
    seen: set[str] = set()
    for each in answer:
        if each.id in seen:
            return Misfit(f"the object {each.id!r} twice", "each object once")
        seen.add(each.id)
    return None


_BESIDE: Final[Mapping[str, Callable[[Any, tuple[Any, ...]], Misfit | None]]] = {
    "update": _same_id,
    "observe": _once,
    "recall": _once,
}
"""What an answer has to keep to that no annotation says."""
