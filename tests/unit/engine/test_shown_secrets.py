"""Secrets in what a run tells of its problems."""

import asyncio
import time
from contextlib import suppress

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.events import Event, Warned
from virtwright.engine.hooks import Hooks
from virtwright.engine.masking import Redactor
from virtwright.errors import HostError, Problem, VirtwrightError, Where
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Secret
from virtwright.stacks.base import Hook, HookCall

TOKEN = "https://images.example/a.tar?token=hidden"


def redactor() -> Redactor:
    made = Redactor()
    made.learn({"url": Secret(TOKEN)})
    return made


def test_an_address_that_is_a_secret_is_no_place_to_show() -> None:
    told = redactor().scrub_problem(Problem(f"could not fetch {TOKEN}", Where(file=TOKEN), f"curl {TOKEN}"))
    assert "hidden" not in repr(told)
    assert told.where.file == "[secret]"


def test_a_place_in_a_file_stays_what_it_is() -> None:
    where = Where(file=f"/stacks/{TOKEN}", line=3)
    assert redactor().scrub_problem(Problem("wrong", where)).where == where


def test_what_a_hook_raises_is_told_without_secrets_too() -> None:
    async def fail(call: HookCall) -> bool:
        raise HostError(f"{TOKEN} did not answer")

    heard: list[Event] = []
    hooks = Hooks(False, heard.append, redactor())
    hooks.add("watch", Hook(fail, ignore_errors=True))
    urn = Urn.parse("urn:pulumi:shop::shop::virtwright:index:Volume::data")
    asyncio.run(hooks.call({"after_create": ("watch",)}, HookCall("after_create", "create", urn, "1")))
    [warned] = heard
    assert isinstance(warned, Warned)
    assert warned.problem.message == "the hook 'watch' (after_create) failed: [secret] did not answer"


def test_a_line_of_a_long_secret_is_found_and_a_mere_word_is_not() -> None:
    made = Redactor()
    made.learn({"content": Secret("frontend\n[database]\n10.20.30.40\npassword=hunter2\n")})
    said = "containers.frontend [database] at 10.20.30.40: bad line 'password=hunter2'"
    assert made.scrub(said) == "containers.frontend [database] at 10.20.30.40: bad line '[secret]'"


def test_secrets_that_overlap_hide_each_other() -> None:
    made = Redactor()
    made.learn([Secret("abcdefgh"), Secret("efghijklmnop"), Secret("abcd")])
    assert made.scrub("<abcdefghijklmnop>") == "<[secret]>"
    assert made.scrub("abcd abcdefgh") == "[secret] [secret]"


def test_the_lines_of_a_large_file_cost_a_message_nothing() -> None:
    """One look at each line for each message would take as long as there are lines."""
    made, many = Redactor(), 20_000
    made.learn(Secret("\n".join(f"key_{number} = value-{number:x}" for number in range(many))))
    message = "containers.web: started within three seconds"
    began = time.process_time()
    for _ in range(200):
        assert made.scrub(message) == message
    assert time.process_time() - began < 0.5
    assert made.scrub(f"bad line key_{many - 1} = value-{many - 1:x}!") == "bad line [secret]!"


def test_what_an_open_intent_holds_is_hidden_where_it_can_not_be_settled(bench: Bench) -> None:
    """Neither the program nor the state has the secret any more."""

    class Killed(BaseException):
        pass

    def die(method: str, kind: str, name: str) -> None:
        if method == "create":
            raise Killed

    def repeat(method: str, kind: str, name: str) -> None:
        raise HostError("the environment is P=hunter22-hunter22", hint="it was P=hunter22-hunter22")

    web = Item("Container", "web", {"image": "host", "environment": {"P": Secret("hunter22-hunter22")}})
    bench.world.half_way = die
    with pytest.raises(Killed):
        bench.apply(ListProgram(web))
    bench.world.half_way, bench.world.before = None, repeat
    later = Bench(bench.store, bench.world)
    with suppress(VirtwrightError):
        later.plan(ListProgram())
    told = [event.problem for event in later.events if isinstance(event, Warned)]
    assert ["can't be settled now" in each.message for each in told] == [True]
    assert "hunter22" not in repr(later.events)
