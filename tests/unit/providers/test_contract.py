"""A provider that does not keep to its contract is told so, in words, when it is loaded."""

import functools
import importlib
import re
from collections.abc import Callable, Mapping, Sequence
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
from virtwright.providers.hooks import HANDLER, OPERATIONS, Imports, Tidies, offers
from virtwright.schemas.dynamic import DynamicHost
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS

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


async def _later(self: Any, inputs: Any) -> None: ...


UNFIT: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "misspelt": ({"check_hosts": lambda self, inputs: None}, "check_hosts is no hook of a handler", "did you mean check_host(inputs)?"),
    "of another place": ({"screenshot": lambda self, id: None}, "screenshot is no hook of a handler", "a hook of operations"),
    "unknown": ({"polish": lambda self: None}, "polish is no hook of a handler", "begins with an underscore: _polish"),
    "an unknown value": ({"verbose": True}, "verbose is no hook", "_verbose"),
    "an unknown property": ({"pool": property(lambda self: 1)}, "pool is no hook", "_pool"),
    "one parameter more": ({"tidy": lambda self, extra: None}, "tidy takes (self, extra): the engine wants tidy()", ""),
    "one parameter less": ({"check_host": lambda self: None}, "check_host takes (self): the engine wants check_host(inputs)", ""),
    "not even self": ({"tidy": eval("lambda: None")}, "tidy takes ()", ""),
    "a parameter that must be named": ({"prepare": eval("lambda self, inputs, *, context: None")}, "prepare takes (self, inputs, *, context)", ""),
    "a decorated one": ({"tidy": decorated(lambda self, extra: None)}, "tidy takes (self, extra)", ""),
    "async": ({"check_host": _later}, "check_host is async, and would not run", ""),
    "a property for a method": ({"tidy": property(lambda self: None)}, "tidy is no method: the engine wants tidy()", ""),
    "a value for a method": ({"tidy": True}, "tidy is no method", ""),
    "a text for a number": ({"linger": "3s"}, "linger is '3s': the engine wants linger: float", ""),
    "a flag for a number": ({"linger": True}, "linger is True", ""),
    "a method for a number": ({"linger": lambda self: 3.0}, "linger is a method: the engine wants linger: float", ""),
    "half of a hook": ({"remains": lambda self, stack: ()}, "lacks remove_remain(id, context): TellsRemains is offered as a whole", ""),
    "a required method's name by hand": ({"create": lambda self, stamp, inputs: None}, "create takes (self, stamp, inputs): the engine wants create(stamp, inputs, context)", ""),
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
    "a default more": {"tidy": lambda self, hard=False: None},
    "any parameters": {"prepare": lambda self, *args, **named: None},
    "decorated": {"tidy": decorated(lambda self: None)},
    "static": {"lasting": staticmethod(lambda inputs: {})},
    "a number": {"linger": 3},
    "a property for a value": {"linger": property(lambda self: 3.0)},
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


def test_what_a_protocol_says_is_not_taken_for_done() -> None:
    """Who inherits from a protocol inherits its methods, which do nothing."""

    class Volumes(Sound, Tidies): ...

    (problem,) = faults(Volumes, HANDLER)
    assert problem.message.startswith(f"{__name__}.{Volumes.__qualname__} lacks tidy(): Tidies is offered as a whole")


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
        "acme.Runs.logs takes (self, id, follow): the engine wants logs(id, *, follow, tail)",
        "acme.Runs.snapshot takes (self, id, name, context, *, external): the engine wants "
        + "snapshot(id, name, context, *, external=False, memory=True)",
    ]


UNFIT_PROVIDERS: Mapping[str, tuple[dict[str, Any], str]] = {
    "open is no classmethod": ({"open": lambda self, name, host: None}, "open is no classmethod: the engine wants open(name, host)"),
    "open takes too little": ({"open": classmethod(lambda cls, name: cls())}, "open takes (name): the engine wants open(name, host)"),
    "schemes is a text": ({"schemes": "made"}, "schemes is 'made': the engine wants schemes: tuple[str, ...]"),
    "handlers is a method": ({"handlers": lambda self: {}}, "handlers is a method: the engine wants handlers"),
    "stacks is misspelt": ({"stack": lambda self: ()}, "stack is no hook of a provider"),
    "a kind that is none": ({"handlers": property(lambda self: {"Volumes": Sound()})}, "has a handler for 'Volumes', which is no kind"),
    "operations of a kind": ({"_runs": handler()}, "acme.Volumes.check is no hook of operations"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNFIT_PROVIDERS)
def test_a_provider_that_does_not_fit_is_not_opened(case: str) -> None:
    own, message = UNFIT_PROVIDERS[case]
    assert message in "\n".join(told(lambda: open_checked(provider(**own), "one", HOST)))


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
        ({"open": classmethod(lambda cls, name, host: 1 / 0)}, "ZeroDivisionError: division by zero"),
        ({"handlers": property(lambda self: 1 / 0)}, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_a_provider_raises_is_told_in_words(own: dict[str, Any], message: str) -> None:
    (line,) = told(lambda: open_checked(provider(**own), "one", HOST))
    assert line.startswith(f"acme.Acme failed: {message} ({__file__}:")


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
    assert offers(handler(tidy=lambda self: None)(), Tidies)
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
    opened.close()
