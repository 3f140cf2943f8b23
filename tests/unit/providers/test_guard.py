"""What a provider raises and gives back, one row for each mistake: the hook and the error that tells of it."""

import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import grpc
import pytest

from virtwright.errors import CreateFailedError, HostError, Problem, ProviderError, VirtwrightError
from virtwright.plugin.failures import status_of
from virtwright.providers.base import Found, HostFact, LogLine, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.contract import handlers_of, open_checked, operations_of
from virtwright.providers.diff import NO_DIFF, Change, Diff, Impact
from virtwright.providers.guard import Guard
from virtwright.providers.hooks import HANDLER, Tidies, offers
from virtwright.schemas.container import ContainerOutputs
from virtwright.schemas.host import Host
from virtwright.schemas.volume import Volume, VolumeOutputs

CONTEXT = Context()
STAMP = Stamp("p/s", "urn:pulumi:s::p::virtwright:index:Volume::data", "o", "h")
INPUTS = Volume()
OUTPUTS = VolumeOutputs(id="data", name="data")
SEEN = Observed(STAMP, "data", INPUTS, OUTPUTS)


class Handler:
    """All is well, but for what a row replaces."""

    def check(self, inputs: Any) -> Any:
        return inputs

    def diff(self, prior: Any, goal: Any) -> Any:
        return NO_DIFF

    def create(self, stamp: Any, inputs: Any, context: Any) -> Any:
        return OUTPUTS

    def update(self, id: Any, stamp: Any, prior: Any, goal: Any, context: Any) -> Any:
        return OUTPUTS

    def delete(self, id: Any, context: Any) -> Any:
        return None

    def observe(self, stack: Any) -> Any:
        yield SEEN


class Operations:
    def logs(self, id: str, *, follow: bool, tail: int | None) -> Any:
        yield LogLine("2026-12-01T00:00:00Z", "stdout", "hello")

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> Any:
        return 0


class Provider:
    schemes: ClassVar[tuple[str, ...]] = ("made",)
    _handler: ClassVar[type] = Handler
    _operations: ClassVar[type] = Operations

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls()

    @property
    def handlers(self) -> Any:
        return {"Volume": self._handler()}

    def operations(self, kind: str) -> Any:
        return self._operations()

    def facts(self) -> Any:
        return [HostFact("folder", "/srv")]

    def close(self) -> Any:
        return None


CALLS: Mapping[str, Callable[[Any], object]] = {
    "check": lambda it: it.check(INPUTS),
    "diff": lambda it: it.diff(INPUTS, INPUTS),
    "create": lambda it: it.create(STAMP, INPUTS, CONTEXT),
    "update": lambda it: it.update("data", STAMP, INPUTS, INPUTS, CONTEXT),
    "delete": lambda it: it.delete("data", CONTEXT),
    "observe": lambda it: tuple(it.observe("p/s")),
    "prepare": lambda it: it.prepare(INPUTS, CONTEXT),
    "tidy": lambda it: it.tidy("p/s", "0123456789abcdef"),
    "remains": lambda it: it.remains("p/s"),
    "remove_remain": lambda it: it.remove_remain("x", CONTEXT),
    "warnings": lambda it: it.warnings({}),
    "standing_warnings": lambda it: it.standing_warnings({}),
    "check_host": lambda it: it.check_host(INPUTS),
    "linger": lambda it: it.linger,
    "lasting": lambda it: it.lasting(INPUTS),
    "find": lambda it: it.find(None),
    "logs": lambda it: list(it.logs("web", follow=False, tail=None)),
    "execute": lambda it: it.execute("web", ["ls"], interactive=False, tty=False),
    "copies": lambda it: it.copies("web"),
    "login": lambda it: it.login("web"),
    "runs_commands": lambda it: it.runs_commands("web"),
    "screenshot": lambda it: it.screenshot("web"),
    "facts": lambda it: it.facts(),
    "close": lambda it: it.close(),
    "way_warnings": lambda it: it.way_warnings(),
    "stacks": lambda it: it.stacks(),
    "meet": lambda it: it.meet(dict),
}
REST: Mapping[str, dict[str, Any]] = {
    "remains": {"remove_remain": lambda self, id, context: None},
    "remove_remain": {"remains": lambda self, stack: ()},
    "copies": {"logs_together": True},
    "login": {"runs_commands": lambda self, id: True},
    "runs_commands": {"login": lambda self, id: None},
}
"""What else the hook has."""
OF_PROVIDER = ("facts", "close", "way_warnings", "stacks", "meet")
OF_OPERATIONS = ("logs", "execute", "copies", "login", "runs_commands", "screenshot")


def ask(hook: str, member: Any) -> object:
    """Ask a provider whose ``hook`` is this, as the engine asks."""
    own = {hook: member, **REST.get(hook, {})}
    name, base = next(
        (
            each
            for each, names in ((("Acme", Provider), OF_PROVIDER), (("Runs", Operations), OF_OPERATIONS))
            if hook in names
        ),
        ("Volumes", Handler),
    )
    made = type(name, (base,), {**own, "__module__": __name__, "__qualname__": name})
    provider = {
        "Acme": made,
        "Runs": type("Acme", (Provider,), {"_operations": made}),
        "Volumes": type("Acme", (Provider,), {"_handler": made}),
    }[name]
    opened = open_checked(provider, "one", Host(uri="made:///"))
    if name == "Acme":
        return CALLS[hook](opened)
    return CALLS[hook](operations_of(opened, "Volume") if name == "Runs" else handlers_of(opened)["Volume"])


def giving(answer: Any) -> Callable[..., Any]:
    return lambda *args, **named: answer


async def _later(*args: Any, **named: Any) -> None: ...


async def _stream(*args: Any, **named: Any) -> AsyncIterator[Any]:
    yield SEEN


def with_id(id: Any) -> VolumeOutputs:
    return VolumeOutputs.model_construct(id=id, name="data")


class OtherVolume(Volume):
    mode: str = "0700"


ANSWERS: Sequence[tuple[str, Any, str]] = (
    ("check", None, "None: the engine wants a Volume"),
    ("check", {"size": 1}, "a dict: the engine wants a Volume"),
    ("check", OUTPUTS, "a VolumeOutputs: the engine wants a Volume"),
    ("check", OtherVolume(), "an OtherVolume: the engine wants a Volume"),
    ("diff", None, "None: the engine wants a Diff"),
    ("diff", [], "a list: the engine wants a Diff"),
    ("diff", Diff([]), "a Diff whose changes is a list: the engine wants a tuple of Change"),  # type: ignore[arg-type]
    ("diff", Diff((Change(("a",), 1, 2, 3),)), "a Diff whose changes is a tuple with a Change whose impact is 3: the engine wants an Impact"),  # type: ignore[arg-type]
    ("create", None, "None: the engine wants a VolumeOutputs"),
    ("create", "data", "a text: the engine wants a VolumeOutputs"),
    ("create", INPUTS, "a Volume: the engine wants a VolumeOutputs"),
    ("create", ContainerOutputs.model_construct(id="a", name="a"), "a ContainerOutputs: the engine wants a VolumeOutputs"),
    ("create", with_id(7), "a VolumeOutputs whose id is 7: the engine wants a text that is not empty"),
    ("create", with_id(""), "a VolumeOutputs whose id is '': the engine wants a text that is not empty"),
    ("create", with_id(None), "a VolumeOutputs whose id is None: the engine wants a text that is not empty"),
    ("update", None, "None: the engine wants a VolumeOutputs"),
    ("update", with_id("other"), "the id 'other' to what had 'data': the engine wants the id to stay"),
    ("delete", True, "True: the engine wants None"),
    ("observe", None, "None: the engine wants an iterable of Observed"),
    ("observe", "data", "a text: the engine wants an iterable of Observed"),
    ("observe", {"data": SEEN}, "a dict: the engine wants an iterable of Observed"),
    ("observe", ["data"], "among others a text: the engine wants an Observed"),
    ("observe", [Observed(STAMP, 7, INPUTS, OUTPUTS)], "among others an Observed whose id is 7: the engine wants a text that is not empty"),  # type: ignore[arg-type]
    ("observe", [Observed(STAMP, "data", {}, OUTPUTS)], "among others an Observed whose inputs is a dict: the engine wants a Volume"),
    ("observe", [Observed(STAMP, "data", OtherVolume(), OUTPUTS)], "among others an Observed whose inputs is an OtherVolume: the engine wants a Volume"),
    ("observe", [Observed(STAMP, "data", INPUTS, None)], "among others an Observed whose outputs is None: the engine wants a VolumeOutputs"),
    ("observe", [Observed(None, "data", INPUTS, OUTPUTS)], "among others an Observed whose stamp is None: the engine wants a Stamp"),  # type: ignore[arg-type]
    ("observe", [Observed(STAMP, "data", INPUTS, OUTPUTS, ["down"])], "among others an Observed whose drift is a list: the engine wants a tuple of Change"),  # type: ignore[arg-type]
    ("observe", [SEEN, SEEN], "the object 'data' twice: the engine wants each object once"),
    ("prepare", "fine", "a text: the engine wants None"),
    ("tidy", 3, "3: the engine wants None"),
    ("remains", ["old"], "among others a text: the engine wants a Remain"),
    ("remove_remain", False, "False: the engine wants None"),
    ("warnings", "careful", "a text: the engine wants an iterable of Problem"),
    ("warnings", ["careful"], "among others a text: the engine wants a Problem"),
    ("standing_warnings", None, "None: the engine wants an iterable of Problem"),
    ("check_host", "this host can't", "a text: the engine wants None"),
    ("lasting", None, "None: the engine wants a mapping"),
    ("find", [Found("a", "a", INPUTS, INPUTS)], "among others a Found whose outputs is a Volume: the engine wants a VolumeOutputs"),
    ("execute", None, "None: the engine wants a whole number"),
    ("execute", True, "True: the engine wants a whole number"),
    ("logs", None, "None: the engine wants an iterator of LogLine"),
    ("logs", iter(["hello"]), "among others a text: the engine wants a LogLine"),
    ("copies", ["one"], "a list with a text: the engine wants a CopyState"),
    ("login", "10.0.0.1", "a text: the engine wants a Login"),
    ("runs_commands", None, "None: the engine wants a flag"),
    ("screenshot", b"png", "bytes: the engine wants a Picture"),
    ("facts", None, "None: the engine wants a sequence of HostFact"),
    ("facts", ["fine"], "a list with a text: the engine wants a HostFact"),
    ("facts", [HostFact("a", "b", ok=None)], "a list with a HostFact whose ok is None: the engine wants a flag"),  # type: ignore[arg-type]
    ("close", "closed", "a text: the engine wants None"),
    ("way_warnings", ["careful"], "among others a text: the engine wants a Problem"),
    ("stacks", None, "None: the engine wants a collection of text"),
    ("stacks", ["a/b", 3], "a list with 3: the engine wants a text"),
    ("meet", "you", "a text: the engine wants None"),
)  # fmt: skip


@pytest.mark.parametrize(("hook", "answer", "message"), ANSWERS)
def test_an_answer_of_a_wrong_type(hook: str, answer: Any, message: str) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(hook, giving(answer))
    assert caught.value.message.startswith(f"{__name__}.")
    assert f".{hook} gave {message} ({__file__}:" in caught.value.message
    assert "bug in the provider" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("hook", "member", "message"),
    [
        ("check_host", lambda self, inputs: _later(), "a coroutine (write `def`, not `async def`): the engine wants None"),
        ("create", lambda *args: _later(), "a coroutine (write `def`, not `async def`): the engine wants a VolumeOutputs"),
        ("observe", lambda *args: _stream(), "an async generator (write `def`, not `async def`): the engine wants an iterable of Observed"),
    ],
)  # fmt: skip
def test_an_answer_that_is_still_to_run(hook: str, member: Any, message: str) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(hook, member)
    assert f".{hook} gave {message} (" in caught.value.message


@pytest.mark.parametrize("value", ["soon", None, True])
def test_a_value_that_is_only_known_when_it_is_asked_for(value: object) -> None:
    with pytest.raises(ProviderError, match=r"Volumes\.linger gave .*: the engine wants a number"):
        ask("linger", property(lambda self: value))


@pytest.mark.parametrize("hook", [*CALLS])
@pytest.mark.parametrize("error", [RuntimeError("own trouble"), SystemExit("own trouble")])
def test_what_a_hook_raises(hook: str, error: BaseException) -> None:
    def fail(*args: Any, **named: Any) -> Any:
        raise error

    line = fail.__code__.co_firstlineno + 1
    with pytest.raises(ProviderError) as caught:
        ask(hook, property(fail) if hook == "linger" else fail)
    assert caught.value.message.startswith(f"{__name__}.")
    assert caught.value.message.endswith(f".{hook} failed: {type(error).__name__}: own trouble ({__file__}:{line})")
    assert "bug in the provider" in (caught.value.hint or "")
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    ("hook", "items"), [("observe", [SEEN]), ("logs", [LogLine("t", "stdout", "a")]), ("warnings", [Problem("a")])]
)
def test_what_a_generator_raises_half_way(hook: str, items: list[Any]) -> None:
    def fail(*args: Any, **named: Any) -> Iterator[Any]:
        yield from items
        raise KeyError("none")

    line = fail.__code__.co_firstlineno + 2
    with pytest.raises(ProviderError) as caught:
        ask(hook, fail)
    assert caught.value.message.endswith(f".{hook} failed: KeyError: 'none' ({__file__}:{line})")


def test_the_place_is_the_providers_where_a_library_raises() -> None:
    def fail(*args: Any) -> Any:
        return int("seven", 10) if not args else list(map(int, __import__("json").loads("{")))

    with pytest.raises(ProviderError) as caught:
        ask("create", fail)
    assert f"({__file__}:{fail.__code__.co_firstlineno + 1})" in caught.value.message


def test_an_error_for_users_passes() -> None:
    def fail(*args: Any) -> Any:
        raise HostError("no space") from OSError(28, "no space")

    with pytest.raises(HostError, match=r"^no space$") as caught:
        ask("create", fail)
    assert isinstance(caught.value.__cause__, OSError)


def test_what_is_left_of_a_failed_create_has_an_id() -> None:
    def fail(*args: Any) -> Any:
        raise CreateFailedError("no space", id=7)  # type: ignore[arg-type]

    with pytest.raises(
        ProviderError, match="create gave a CreateFailedError whose id is 7: the engine wants the id of"
    ):
        ask("create", fail)


def test_an_interrupt_is_one_on_the_main_thread_only() -> None:
    def fail(*args: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask("tidy", fail)
    told: list[VirtwrightError] = []

    def work() -> None:
        try:
            ask("tidy", fail)
        except VirtwrightError as error:
            told.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [each.message.partition(" (")[0] for each in told] == [f"{__name__}.Volumes.tidy failed: KeyboardInterrupt"]


def test_what_is_not_taken_to_the_end_is_closed() -> None:
    closed: list[bool] = []

    class Runs(Operations):
        def logs(self, id: str, *, follow: bool, tail: int | None) -> Any:
            try:
                while True:
                    yield LogLine("t", "stdout", "a")
            finally:
                closed.append(True)

    opened = open_checked(type("Acme", (Provider,), {"_operations": Runs}), "one", Host(uri="made:///"))
    operations = operations_of(opened, "Volume")
    assert operations is not None
    lines = operations.logs("web", follow=True, tail=None)
    next(lines)
    lines.close()  # type: ignore[attr-defined]
    assert closed


@pytest.mark.parametrize("hook", ["check", "diff", "create", "update", "delete", "observe"])
def test_what_is_right_passes(hook: str) -> None:
    ask(hook, vars(Handler)[hook])


def test_impacts_are_no_plain_numbers() -> None:
    changes = (Change(("labels",), {}, {"a": "b"}, Impact.LIVE),)
    assert ask("diff", giving(Diff(changes))) == Diff(changes)


def test_the_plugin_holds_an_operation_for_half_done() -> None:
    with pytest.raises(ProviderError) as caught:
        ask("create", giving(None))
    status = status_of(caught.value, str)
    assert status.code is grpc.StatusCode.UNKNOWN
    assert "create gave None" in status.details


def test_what_looking_for_a_hook_raises_is_the_providers_too() -> None:
    class Volumes(Handler):
        def __getattr__(self, name: str) -> Any:
            raise KeyError(name)

    guarded = Guard(Volumes(), HANDLER, Volumes)
    with pytest.raises(ProviderError) as caught:
        offers(guarded, Tidies)
    assert re.search(r"Volumes\.tidy failed: KeyError: 'tidy' \(", caught.value.message)
