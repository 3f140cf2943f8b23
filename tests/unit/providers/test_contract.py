"""A provider that does not keep to its contract is told so, in words, when it is loaded."""

import asyncio
import dataclasses
import functools
import importlib
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from tests.fake_provider import FakeHandler, FakeProvider, FakeWorld
from tests.fake_scheme import FakeSchemeProvider

from virtwright.errors import HostError, InputError, ProviderError
from virtwright.providers.base import Handler, HostFact, Observed, Operations
from virtwright.providers.conformance import faults, fits
from virtwright.providers.contract import all_faults, handlers_of, open_checked, operations_of
from virtwright.providers.diff import NO_DIFF, Diff
from virtwright.providers.hooks import HANDLER, OPERATIONS, Imports, KnowsItself, Stops, Tidies, offers
from virtwright.schemas.container import Container
from virtwright.schemas.dynamic import DynamicHost
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.volume import Volume

HOST = Host(uri="made:///")


class Sound:
    """A handler that owes nothing."""

    def check(self, inputs: Any) -> Any:
        return inputs

    def diff(self, prior: Any, goal: Any) -> Diff:
        return NO_DIFF

    def create(self, stamp: Any, inputs: Any, context: Any) -> Any: ...

    def update(self, id: Any, stamp: Any, prior: Any, goal: Any, context: Any) -> Any: ...

    def delete(self, id: Any, context: Any) -> None: ...

    def observe(self, stack: Any) -> Sequence[Observed[Any, Any]]:
        return ()


class SoundOperations:
    def logs(self, id: str, *, follow: bool, tail: int | None) -> Any: ...

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        return 0


class SoundProvider:
    schemes: ClassVar[tuple[str, ...]] = ("made",)
    handler: ClassVar[Any]
    runs: ClassVar[Any]

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls()

    @property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        return {"Volume": self._handler()}

    def operations(self, kind: str) -> Operations | None:
        return self._runs() if self._runs is not None else None

    def facts(self) -> Sequence[HostFact]:
        return ()

    def close(self) -> None: ...

    _handler: ClassVar[Any] = Sound
    _runs: ClassVar[Any] = SoundOperations


class Containers(Sound):
    def check(self, inputs: Container) -> Container:
        return inputs


def handler(**more: Any) -> type:
    return type("Volumes", (Sound,), {**more, "__module__": "acme"})


def provider(**more: Any) -> type:
    return type("Acme", (SoundProvider,), {**more, "__module__": "acme"})


def told(found: Callable[[], object]) -> list[str]:
    with pytest.raises(ProviderError) as caught:
        found()
    return [problem.message for problem in caught.value.problems]


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def outer(*args: Any, **named: Any) -> Any:
        return function(*args, **named)

    return outer


class Wrapping:
    """What a decorator that is a class leaves in a class: nothing binds it to the object."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._function(*args, **named)


def run_at_once(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def outer(*args: Any, **named: Any) -> Any:
        return asyncio.run(function(*args, **named))

    return outer


def given_one_more(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def outer(self: Any, *args: Any, **named: Any) -> Any:
        return function(self, "connection", *args, **named)

    return outer


class Called:
    def __call__(self, inputs: Any) -> None: ...


async def _later(self: Any, inputs: Any) -> None: ...


async def _stream(self: Any, stack: Any) -> AsyncIterator[Any]:
    yield stack


UNFIT: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "misspelt": ({"check_hosts": lambda self, inputs: None}, "check_hosts is no hook of a handler", "did you mean check_host(inputs)?"),
    "of another place": ({"screenshot": lambda self, id: None}, "screenshot is no hook of a handler", "a hook of operations"),
    "unknown": ({"polish": lambda self: None}, "polish is no hook of a handler", "begins with an underscore: _polish"),
    "an unknown value": ({"verbose": True}, "verbose is no hook", "_verbose"),
    "an unknown property": ({"pool": property(lambda self: 1)}, "pool is no hook", "_pool"),
    "one parameter more": ({"tidy": lambda self, a, b, extra: None}, "tidy takes (self, a, b, extra): the engine wants tidy(self, stack, identity)", ""),
    "one parameter less": ({"check_host": lambda self: None}, "check_host takes (self): the engine wants check_host(self, inputs)", ""),
    "not even self": ({"tidy": eval("lambda: None")}, "tidy takes ()", ""),
    "a parameter that must be named": ({"prepare": eval("lambda self, inputs, *, context: None")}, "prepare takes (self, inputs, *, context)", ""),
    "a decorated one": ({"tidy": decorated(lambda self, extra: None)}, "tidy takes (self, extra)", ""),
    "async": ({"check_host": _later}, "check_host is async, and would not run: write `def`, not `async def`, check_host(self, inputs)", ""),
    "an async generator": ({"observe": _stream}, "observe is async, and would not run: write `def`, not `async def`, observe(self, stack)", ""),
    "a partial": ({"check_host": functools.partial(lambda host, inputs: None, 1)}, "check_host is a partial, which Python binds to its object from 3.14 on: write a method, check_host(self, inputs)", ""),
    "a decorator's own parameters": ({"delete": functools.wraps(Sound.delete)(lambda self, id: None)}, "delete takes (self, id): the engine wants delete(self, id, context)", ""),
    "made to look like another": ({"tidy": functools.wraps(Tidies.tidy)(lambda self, stack: None)}, "tidy takes (self, stack): the engine wants tidy(self, stack, identity)", ""),
    "an object for a method": ({"create": Wrapping(Sound.create)}, "create takes (self, stamp, inputs, context): the engine wants create(stamp, inputs, context)", ""),
    "two parameters swapped": ({"tidy": lambda self, identity, stack: None}, "tidy takes (self, identity, stack): the engine wants tidy(self, stack, identity)", ""),
    "two swapped of those it owes": ({"update": lambda self, id, stamp, goal, prior, context: None}, "update takes (self, id, stamp, goal, prior, context): the engine wants update(self, id, stamp, prior, goal, context)", ""),
    "a class for a method": ({"lasting": dict}, "lasting is no method: the engine wants lasting(self, inputs)", ""),
    "another hook by a helper's name": ({"read": lambda self, id: None}, "Recalls is offered as a whole, and has read (", "begins with an underscore: _read"),
    "its words in another order": ({"host_check": lambda self, inputs: None}, "host_check is no hook of a handler", "did you mean check_host(inputs)?"),
    "a lambda without self": ({"check_host": eval("lambda inputs: None")}, "check_host takes (inputs): the engine wants check_host(self, inputs)", ""),
    "static, with self": ({"check_host": staticmethod(eval("lambda self, inputs: None"))}, "check_host takes (self, inputs): the engine wants check_host(inputs)", ""),
    "a value that is declared": ({"__annotations__": {"linger": float}}, "linger is declared, and has no value: the engine wants linger: float", ""),
    "a property for a method": ({"tidy": property(lambda self: None)}, "tidy is no method: the engine wants tidy(self, stack, identity)", ""),
    "a value for a method": ({"tidy": True}, "tidy is no method", ""),
    "a text for a number": ({"linger": "3s"}, "linger is '3s': the engine wants linger: float", ""),
    "a flag for a number": ({"linger": True}, "linger is True", ""),
    "a method for a number": ({"linger": lambda self: 3.0}, "linger is a method: the engine wants linger: float", ""),
    "half of a hook": ({"remains": lambda self, stack: ()}, "lacks remove_remain(id, context): TellsRemains is offered as a whole", ""),
    "a required method's name by hand": ({"create": lambda self, stamp, inputs: None}, "create takes (self, stamp, inputs): the engine wants create(self, stamp, inputs, context)", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", UNFIT)
def test_a_handler_that_does_not_fit(case: str) -> None:
    own, message, hint = UNFIT[case]
    made = handler(**own)
    (problem,) = faults(made, HANDLER, made())
    assert problem.message.startswith("acme.Volumes")
    assert message in problem.message
    assert hint in (problem.hint or "")
    assert not fits(made(), HANDLER)


FITTING: Mapping[str, dict[str, Any]] = {
    "nothing more": {},
    "other names": {"check": lambda self, it: it, "check_host": lambda self, volume: None},
    "a default more": {"tidy": lambda self, a, b, hard=False: None},
    "any parameters": {"prepare": lambda self, *args, **named: None},
    "decorated": {"tidy": decorated(lambda self, a, b: None)},
    "static": {"lasting": staticmethod(lambda inputs: {})},
    "a number": {"linger": 3},
    "a property for a value": {"linger": property(lambda self: 3.0)},
    "a decorator that runs what is async": {"check_host": run_at_once(_later)},
    "a decorator that gives one more": {"check_host": given_one_more(lambda self, connection, inputs: None)},
    "an object that is called": {"check_host": Called()},
    "a bound method": {"check_host": Called().__call__},
    "private": {"_polish": lambda self: None, "_pool": 1},
}


@pytest.mark.parametrize("case", FITTING)
def test_a_handler_that_fits(case: str) -> None:
    made = handler(**FITTING[case])
    assert faults(made, HANDLER, made()) == ()


def test_what_an_object_has_in_public_is_looked_at_too() -> None:
    class Volumes(Sound):
        def __init__(self) -> None:
            self.lingers = 3.0

    (problem,) = faults(Volumes, HANDLER, Volumes())
    assert "lingers is no hook" in problem.message
    assert (problem.hint or "").startswith("did you mean linger: float?")
    assert f"({__file__}:" in problem.message


@dataclasses.dataclass
class WithField(Sound):
    tidy: Any = dataclasses.field(default_factory=lambda: None)


@dataclasses.dataclass(slots=True)
class WithSlot(Sound):
    tidy: Any = dataclasses.field(default_factory=lambda: None)


def hiding(**attributes: Any) -> Any:
    made = handler(check_host=lambda self, inputs: None)()
    vars(made).update(attributes)
    return made


HIDING: Mapping[str, tuple[Any, str]] = {
    "a hook": (hiding(check_host=lambda inputs: None), "check_host is an attribute of the object: write a method, check_host(self, inputs)"),
    "a hook by None": (hiding(check_host=None), "check_host is an attribute of the object: write a method, check_host(self, inputs)"),
    "what is owed": (hiding(diff=lambda: None), "diff is an attribute of the object: write a method, diff(self, prior, goal)"),
    "nothing, but is one": (hiding(tidy=lambda: None), "tidy is an attribute of the object: write a method, tidy(self, stack, identity)"),
    "a dataclass's field": (WithField(), "tidy is an attribute of the object: write a method, tidy(self, stack, identity)"),
    "a dataclass's slot": (WithSlot(), "tidy is no method: the engine wants tidy(self, stack, identity)"),
    "a value": (hiding(linger="soon"), "linger is 'soon': the engine wants linger: float"),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDING)
def test_an_attribute_of_the_object_is_no_method(case: str) -> None:
    made, message = HIDING[case]
    (problem,) = faults(type(made), HANDLER, made)
    assert f".{message} (" in problem.message


def test_a_value_may_be_the_objects_own() -> None:
    made: Any = type("Volumes", (Sound,), {"__annotations__": {"linger": float}})()
    made.linger = 3.0
    assert faults(type(made), HANDLER, made) == ()


def test_an_attribute_that_comes_later_is_told_at_the_call() -> None:
    class Volumes(Sound):
        def check(self, inputs: Any) -> Any:
            self.diff = lambda prior, goal: NO_DIFF  # type: ignore[method-assign]
            return inputs

    guarded = handlers_of(open_checked(provider(_handler=Volumes, handlers=functools.cached_property(lambda self: {"Volume": Volumes()})), "one", HOST))["Volume"]  # fmt: skip
    guarded.check(Volume())
    (line,) = told(lambda: guarded.diff(Volume(), Volume()))
    assert ".diff is an attribute of the object: write a method (" in line


def test_what_a_protocol_says_is_not_taken_for_done() -> None:
    """Who inherits from a protocol inherits its methods, which do nothing."""

    class Volumes(Sound, Tidies): ...

    (problem,) = faults(Volumes, HANDLER)
    assert problem.message.startswith(
        f"{__name__}.{Volumes.__qualname__} lacks tidy(stack, identity): Tidies is offered as a whole"
    )


@pytest.mark.parametrize("name", ["check", "diff", "create", "update", "delete", "observe"])
def test_a_handler_lacks_what_it_owes(name: str) -> None:
    own = {key: value for key, value in vars(Sound).items() if not key.startswith("__") and key != name}
    made = type("Volumes", (), {**own, "__module__": "acme"})
    (problem,) = faults(made, HANDLER, made())
    assert problem.message.startswith(f"acme.Volumes lacks {name}(")
    assert "): a handler owes it" in problem.message


def test_operations_take_what_is_named_by_name() -> None:
    def logs(self: Any, id: str, follow: bool) -> Any: ...
    def snapshot(self: Any, id: str, name: str, context: Any, *, external: bool) -> None: ...

    class Runs(SoundOperations):
        def snapshots(self, id: str) -> Any: ...
        def revert(self, id: str, name: str, context: Any) -> None: ...
        def delete_snapshot(self, id: str, name: str, context: Any) -> None: ...

    made = type("Runs", (Runs,), {"logs": logs, "snapshot": snapshot, "__module__": "acme"})
    assert [problem.message.rpartition(" (")[0] for problem in faults(made, OPERATIONS, made())] == [
        "acme.Runs.logs takes (self, id, follow): the engine wants logs(self, id, *, follow, tail)",
        "acme.Runs.snapshot takes (self, id, name, context, *, external): the engine wants "
        + "snapshot(self, id, name, context, *, external=False, memory=True)",
    ]


UNFIT_PROVIDERS: Mapping[str, tuple[dict[str, Any], str]] = {
    "open is no classmethod": ({"open": lambda self, name, host: None}, "open is no classmethod: the engine wants open(name, host)"),
    "open takes too little": ({"open": classmethod(lambda cls, name: cls())}, "open takes (name): the engine wants open(name, host)"),
    "schemes is a text": ({"schemes": "made"}, "schemes is 'made': the engine wants schemes: tuple[str, ...]"),
    "handlers is a method": ({"handlers": lambda self: {}}, "handlers is a method: the engine wants a property, handlers"),
    "stacks is misspelt": ({"stack": lambda self: ()}, "stack is no hook of a provider"),
    "another scheme": ({"schemes": ("make",)}, "acme.Acme serves the schemes make, and not made ("),
    "a kind that is none": ({"handlers": property(lambda self: {"Volumes": Sound()})}, "has a handler for 'Volumes', which is no kind"),
    "handlers is a list": ({"handlers": property(lambda self: [Sound()])}, "acme.Acme.handlers gave a list: the engine wants a handler for each kind, by its name ("),
    "handlers is None": ({"handlers": property(lambda self: None)}, "acme.Acme.handlers gave None: the engine wants a handler for each kind, by its name ("),
    "a key is no text": ({"handlers": property(lambda self: {1: Sound()})}, "acme.Acme has a handler for 1, which is no kind ("),
    "a class for a handler": ({"handlers": property(lambda self: {"Volume": Sound})}, "acme.Acme.handlers gave the class Sound for 'Volume': the engine wants a handler ("),
    "None for a handler": ({"handlers": property(lambda self: {"Volume": None})}, "acme.Acme.handlers gave None for 'Volume': the engine wants a handler ("),
    "a handler of another kind": ({"_handler": Containers}, f"{__name__}.Containers.check takes a Container: the engine wants a handler of 'Volume' ({__file__}:"),
    "True for operations": ({"operations": lambda self, kind: True}, "acme.Acme.operations gave True: the engine wants operations or None ("),
    "a text for operations": ({"operations": lambda self, kind: "logs"}, "acme.Acme.operations gave a text: the engine wants operations or None ("),
    "open gives None": ({"open": classmethod(lambda cls, name, host: None)}, "acme.Acme.open gave None: the engine wants a provider ("),
    "open gives a text": ({"open": classmethod(lambda cls, name, host: "/srv")}, "acme.Acme.open gave a text: the engine wants a provider ("),
    "open gives a class": ({"open": classmethod(lambda cls, name, host: cls)}, "acme.Acme.open gave the class Acme: the engine wants a provider ("),
    "operations of a kind": ({"_runs": handler()}, "acme.Volumes.check is no hook of operations"),
}  # fmt: skip


MANY = {"operations of a kind"}


@pytest.mark.parametrize("case", UNFIT_PROVIDERS)
def test_a_provider_that_does_not_fit_is_not_opened(case: str) -> None:
    own, message = UNFIT_PROVIDERS[case]
    lines = told(lambda: open_checked(provider(**own), "one", HOST))
    assert message in "\n".join(lines)
    assert len(lines) == 1 or case in MANY


def test_all_faults_are_told_at_once_with_their_places() -> None:
    class Volumes(Sound):
        def check_hosts(self, inputs: Any) -> None: ...

        def tidy(self, extra: int) -> None: ...

    class Runs(SoundOperations):
        def polish(self) -> None: ...

    made = provider(_handler=Volumes, _runs=Runs, polish=lambda self: None)
    with pytest.raises(ProviderError) as caught:
        open_checked(made, "one", HOST)
    problems = caught.value.problems
    found = [re.fullmatch(r"\S+\.(\w+) .* \((.+):(\d+)\)", problem.message) for problem in problems]
    assert [each and each[1] for each in found] == ["polish", "check_hosts", "tidy", "polish"]
    lines = Path(__file__).read_text().splitlines()
    for each in found:
        assert each is not None and each[2] == __file__
        assert each[1] in lines[int(each[3]) - 1]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"open": classmethod(lambda cls, name, host: 1 / 0)}, "open failed: ZeroDivisionError: division by zero"),
        ({"handlers": property(lambda self: 1 / 0)}, "handlers failed: ZeroDivisionError: division by zero"),
        ({"operations": lambda self, kind: sys.exit(3)}, "operations failed: SystemExit: 3"),
        ({"open": classmethod(lambda cls, name, host: sys.exit(3))}, "open failed: SystemExit: 3"),
    ],
)
def test_what_a_provider_raises_is_told_in_words(own: dict[str, Any], message: str) -> None:
    (line,) = told(lambda: open_checked(provider(**own), "one", HOST))
    assert line.startswith(f"acme.Acme.{message} ({__file__}:")


def test_an_error_for_users_stays_what_it_is() -> None:
    with pytest.raises(InputError, match="a fake host"):
        open_checked(FakeProvider, "one", HOST)


def test_what_is_no_class_is_no_provider() -> None:
    assert told(lambda: open_checked(handler, "one", HOST))[0].endswith("is no class")


def test_a_sound_provider_is_opened() -> None:
    opened = open_checked(provider(), "one", HOST)
    assert list(handlers_of(opened)) == ["Volume"]
    assert operations_of(opened, "Volume") is not None


def test_what_is_asked_for_is_looked_at() -> None:
    """Of our own providers not before: most commands need no operations."""
    unfit = provider(_handler=handler(tidies=lambda self: None), _runs=handler())()
    assert len(told(lambda: handlers_of(unfit))) == len(told(lambda: operations_of(unfit, "Volume"))) > 1


def test_a_hook_is_offered_by_whoever_has_it() -> None:
    assert offers(handler(tidy=lambda self, a, b: None)(), Tidies)
    assert not offers(Sound(), Tidies)
    assert not offers(None, Imports)


def test_the_fake_providers_keep_to_the_contract() -> None:
    moving = FakeWorld(moves=True)
    assert all_faults(FakeProvider(moving, "fake://one")) == ()
    assert all_faults(FakeSchemeProvider(FakeWorld(), "fake://one")) == ()
    assert {type(each).__name__ for each in moving.open("one", Host(uri="fake://one")).handlers.values()} > {
        FakeHandler.__name__
    }


OWN = sorted({entry.value for entry in entry_points(group="virtwright.providers") if entry.dist and entry.dist.name == "virtwright"})  # fmt: skip
RUNNING = {"Container", "Service", "VirtualMachine"}
URIS = {
    "namespace": "namespace:///tmp/vw-none",
    "docker": "docker:///",
    "swarm": "swarm:///",
    "libvirt": "qemu:///system",
}


@pytest.mark.parametrize("value", OWN)
def test_our_own_providers_keep_to_the_contract(value: str, tmp_path: Path) -> None:
    module, _, name = value.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
        part = module.split(".")[-2]
        host = (
            DynamicHost(
                uri="dynamic:///", project="p", stack="s", interpreter="python3", folder=str(tmp_path), imports=""
            )
            if part == "dynamic"
            else Host(uri=URIS[part])
        )
        opened = open_checked(found, "one", host)
        found = all_faults(opened)
    except HostError as error:
        assert isinstance(error.__cause__, ImportError), error
        pytest.skip("a library that is not installed, as after `make setup` alone")
    assert [str(each) for each in found] == []
    assert handlers_of(opened).keys() <= {*KINDS, "Dynamic"}
    assert offers(opened, KnowsItself) is (part != "dynamic")
    running = {kind: each for kind, each in handlers_of(opened).items() if kind in RUNNING}
    assert all(offers(each, Stops) is (part != "swarm") for each in running.values()), (
        "a swarm runs its services itself"
    )
    opened.close()
