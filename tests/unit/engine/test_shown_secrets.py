"""Secrets in what a run tells of its problems."""

import asyncio

from virtwright.engine.events import Event, Warned
from virtwright.engine.hooks import Hooks
from virtwright.engine.masking import Redactor
from virtwright.errors import HostError, Problem, Where
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
