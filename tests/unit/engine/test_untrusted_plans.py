"""Plans of a stranger's stack: which hosts are asked, what is compared without any key, and what is shown of what a host tells."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.api import Engine
from virtwright.engine.events import Warned
from virtwright.engine.plan import Plan
from virtwright.engine.services import RunServices
from virtwright.engine.state.store import StateStore
from virtwright.errors import InputError, RefusedError
from virtwright.providers.diff import Change
from virtwright.schemas.host import Host
from virtwright.schemas.values import Sealed, Secret
from virtwright.stacks.base import StackName
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


def test_what_has_no_origin_is_said_to_be_uncompared(stranger: Stranger) -> None:
    assert stranger.plan(web(Secret(Sealed()))).changes == ()
    assert stranger.warnings == ["containers.web: not compared, as no secret is decrypted: environment.PW"]


def test_a_guess_is_answered_as_any_other(stranger: Stranger) -> None:
    right, wrong = (stranger.changes(web(guess))["environment.PW"] for guess in (PASSWORD, "wrong"))
    assert isinstance(right.goal, Secret)
    assert (right.prior, right.impact) == (wrong.prior, wrong.impact)


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
