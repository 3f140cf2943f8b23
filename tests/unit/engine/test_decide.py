"""What is decided: the table in docs/engine.md row by row, and what each row depends on."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from virtwright.engine.decide import GONE, OUTDATED, Decision, Situation, current_inputs, decide, in_force
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.diff import Change, Diff, Impact, differences
from virtwright.providers.moves import Passage
from virtwright.schemas.image import Image, ImageSource
from virtwright.schemas.model import to_properties
from virtwright.schemas.network import Network, NetworkOutputs
from virtwright.schemas.urn import Urn, type_token
from virtwright.schemas.values import Properties, Secret

DOCUMENT: Final = Path(__file__).parents[3] / "docs/engine.md"
URN: Final = Urn("prod", "shop", type_token("Network"), "back")
STAMP: Final = Stamp("shop/prod", str(URN), "operation", "hash")
IMPACTS: Final = {"mtu": Impact.LIVE, "memory": Impact.REBOOT, "image": Impact.RECREATE, "size": Impact.DATA_LOSS}
IN_FORCE: Final = {"image": "debian", "memory": 512, "mtu": 1500, "size": 8}
KNOWN: Final = ResourceRecord(row="row", urn=URN, kind="Network", id="net-1", inputs=IN_FORCE)
NEVER_MADE: Final = replace(KNOWN, id=None)
BEGUN: Final = replace(NEVER_MADE, pending_replacement=True)
THERE: Final[Observed[Any, Any]] = Observed(STAMP, "net-1", Network(), NetworkOutputs(id="net-1", name="back"))
PART: Final = replace(THERE, complete=False)
MTU: Final = Change(("mtu",), 1500, 9000, Impact.LIVE)
MEMORY: Final = Change(("memory",), 512, 1024, Impact.REBOOT)
IMAGE: Final = Change(("image",), "debian", "alpine", Impact.RECREATE)
SIZE: Final = Change(("size",), 8, 4, Impact.DATA_LOSS)
DOWN: Final = Change(("state",), "down", "up", Impact.LIVE)
OLD: Final = Change(("rules",), "old", "new", Impact.LIVE)
HOMES: Final = ("one", "two")
WAY: Final = Passage(Impact.LIVE, "it moves while it runs")
ANEW: Final = "it moves to another host; it is made anew there"
ANOTHER: Final = "it bears this stack's stamp, but is not the object that the state had (1)"
LOST: Final = "its host one is lost"
STAMPED: Final = "found on the host with this stack's stamp"
NONE, LIVE, REBOOT, RECREATE, LOSS = Impact


def compared(current: Properties, goal: Properties) -> Diff:
    """As a handler does, which also tells what goes first and what is not settled afterwards."""
    found = differences(current, goal)
    return diff(*(Change(path, before, now, IMPACTS[str(path[0])]) for path, before, now in found))


def diff(*changes: Change) -> Diff:
    return Diff(changes, delete_before_create=True, unsettles=frozenset({"address"}))


def another_host(impact: Impact) -> Change:
    return Change(("host",), "one", "two", impact)


def moved(*changes: Change) -> Diff:
    """Of an object that is made anew on another host: the two don't meet, so that neither has to go first."""
    return replace(diff(*changes), delete_before_create=False)


def situation(*, wanted: Mapping[str, Any] | None = None, **fields: Any) -> Situation:
    """An object that is as the state and the goal have it, but for what is said here."""
    defaults: dict[str, Any] = {"prior": KNOWN, "observed": THERE, "current": IN_FORCE, "compare": compared}
    return Situation(goal={**IN_FORCE, **(wanted or {})}, **{**defaults, **fields})


def gone(prior: ResourceRecord | None, **fields: Any) -> Situation:
    return situation(prior=prior, observed=None, current={}, **fields)


def away(**fields: Any) -> Situation:
    return situation(**{"elsewhere": HOMES, "left_behind": "it is made anew there", **fields})


ROWS: Final[Mapping[str, tuple[Situation, Decision]]] = {
    "Neither the state nor the host knows it": (gone(None), Decision(Op.CREATE)),
    "The state knows it, but it was never made": (gone(NEVER_MADE), Decision(Op.CREATE)),
    "Its object is gone": (gone(KNOWN), Decision(Op.CREATE, reason=GONE, drifted=True)),
    "Its object is gone, and held data": (
        gone(KNOWN, holds_data=True),
        Decision(Op.CREATE, reason=f"{GONE}; its data is gone with it", drifted=True, impact=LOSS),
    ),
    "A replacement has deleted its object, and made no new one": (
        gone(BEGUN),
        Decision(Op.REPLACE, Diff(delete_before_create=True), "its replacement was begun", False, RECREATE),
    ),
    "Its object is not whole": (
        situation(observed=PART),
        Decision(Op.REPLACE, Diff(delete_before_create=True), "its creation was interrupted", False, RECREATE),
    ),
    "It is on another host, and can move": (
        away(passage=WAY),
        Decision(Op.MOVE, Diff((another_host(LIVE),)), WAY.how, False, LIVE),
    ),
    "It is on another host and can move, and a field costs more than the move": (
        away(passage=WAY, wanted={"memory": 1024}),
        Decision(Op.MOVE, diff(another_host(LIVE), MEMORY), WAY.how, False, REBOOT),
    ),
    "It is on another host, and can't move": (
        away(),
        Decision(Op.REPLACE, Diff((another_host(RECREATE),)), ANEW, False, RECREATE),
    ),
    "It is on another host, can't move, and holds data": (
        away(holds_data=True),
        Decision(Op.REPLACE, Diff((another_host(LOSS),)), ANEW, False, LOSS),
    ),
    "It is on another host and can move, and a field needs a new object": (
        away(passage=WAY, wanted={"image": "alpine"}),
        Decision(Op.REPLACE, moved(another_host(RECREATE), IMAGE), ANEW, False, RECREATE),
    ),
    "It is to be replaced, whatever its fields say": (
        situation(force="asked for"),
        Decision(Op.REPLACE, diff(), "asked for", False, RECREATE),
    ),
    "It is to be replaced, whatever its fields say, and holds data": (
        situation(force="asked for", holds_data=True),
        Decision(Op.REPLACE, diff(), "asked for", False, LOSS),
    ),
    "Nothing differs": (situation(), Decision(Op.SAME)),
    "Nothing differs but its name": (situation(moved=True), Decision(Op.MOVE)),
    "Nothing differs, and only the host knows it": (situation(prior=None), Decision(Op.ADOPT, reason=STAMPED)),
    "Nothing differs, and somebody else made it": (
        situation(prior=None, imports=True),
        Decision(Op.IMPORT, reason="taken over"),
    ),
    "Nothing differs, and it is not the object that the state had": (
        situation(another=ANOTHER),
        Decision(Op.ADOPT, reason=ANOTHER),
    ),
    "A field differs that can change in place": (
        situation(wanted={"mtu": 9000, "memory": 1024}),
        Decision(Op.UPDATE, diff(MEMORY, MTU), impact=REBOOT),
    ),
    "A field differs that can change in place, and only the host knows it": (
        situation(prior=None, wanted={"memory": 1024}),
        Decision(Op.UPDATE, diff(MEMORY), STAMPED, False, REBOOT),
    ),
    "A field differs that can change in place, and it is not the object that the state had": (
        situation(another=ANOTHER, wanted={"memory": 1024}),
        Decision(Op.UPDATE, diff(MEMORY), ANOTHER, False, REBOOT),
    ),
    "A field differs that can change in place, and somebody else made it": (
        situation(prior=None, imports=True, wanted={"memory": 1024}),
        Decision(Op.UPDATE, diff(MEMORY), "taken over", False, REBOOT),
    ),
    "Somebody has changed a field on the host": (
        situation(current={**IN_FORCE, "mtu": 9000}),
        Decision(Op.UPDATE, diff(Change(("mtu",), 9000, 1500, LIVE)), "", True, LIVE),
    ),
    "Something that is no field is wrong with it": (
        situation(observed=replace(THERE, drift=(DOWN,))),
        Decision(Op.UPDATE, diff(DOWN), "", True, LIVE),
    ),
    "An older version made it otherwise": (
        situation(observed=replace(THERE, outdated=(OLD,))),
        Decision(Op.UPDATE, diff(OLD), OUTDATED, False, LIVE),
    ),
    "A field differs that needs a new object": (
        situation(wanted={"image": "alpine"}),
        Decision(Op.REPLACE, diff(IMAGE), impact=RECREATE),
    ),
    "A field differs that needs a new object, and it holds data": (
        situation(wanted={"image": "alpine"}, holds_data=True),
        Decision(Op.REPLACE, diff(IMAGE), impact=LOSS),
    ),
    "A field of `replace_on_changes` differs": (
        situation(wanted={"mtu": 9000}, replace_on=(("mtu",),)),
        Decision(Op.REPLACE, diff(MTU), "mtu changes (replace_on_changes)", False, RECREATE),
    ),
}

BESIDES: Final[Mapping[str, tuple[Situation, Decision]]] = {
    "what was never made has no data to lose": (gone(NEVER_MADE, holds_data=True), Decision(Op.CREATE)),
    "what is new has no data to lose": (gone(None, holds_data=True), Decision(Op.CREATE)),
    "why it is gone": (
        gone(KNOWN, gone="its host one is lost"),
        Decision(Op.CREATE, reason="its host one is lost", drifted=True),
    ),
    "why its data is gone": (
        gone(KNOWN, gone="its host one is lost", holds_data=True),
        Decision(Op.CREATE, reason="its host one is lost; its data is gone with it", drifted=True, impact=LOSS),
    ),
    "a replacement that has deleted its object has lost the data already": (
        gone(BEGUN, holds_data=True),
        Decision(Op.REPLACE, Diff(delete_before_create=True), "its replacement was begun", False, RECREATE),
    ),
    "a replacement that was begun, and its object is there again": (situation(prior=BEGUN), Decision(Op.SAME)),
    "what is not whole has no data to lose": (
        situation(observed=PART, holds_data=True),
        Decision(Op.REPLACE, Diff(delete_before_create=True), "its creation was interrupted", False, RECREATE),
    ),
    "what is not whole is made anew, whatever else is to be said of it": (
        away(observed=replace(PART, drift=(DOWN,)), prior=None, passage=WAY, force="asked for", wanted={"mtu": 9000}),
        Decision(Op.REPLACE, Diff(delete_before_create=True), "its creation was interrupted", False, RECREATE),
    ),
    "a lighter field does not make a move cheaper": (
        away(passage=replace(WAY, impact=REBOOT), wanted={"mtu": 9000}),
        Decision(Op.MOVE, diff(another_host(REBOOT), MTU), WAY.how, False, REBOOT),
    ),
    "a move that costs nothing": (
        away(passage=replace(WAY, impact=NONE)),
        Decision(Op.MOVE, Diff((another_host(NONE),)), WAY.how, False, NONE),
    ),
    "a field that a move covers costs no more than the move": (
        away(passage=replace(WAY, covers=(("image",),)), wanted={"image": "alpine", "memory": 1024}),
        Decision(Op.MOVE, diff(another_host(LIVE), replace(IMAGE, impact=LIVE), MEMORY), WAY.how, False, REBOOT),
    ),
    "a field that a move covers may cost less": (
        away(passage=replace(WAY, impact=REBOOT, covers=(("mtu",),)), wanted={"mtu": 9000}),
        Decision(Op.MOVE, diff(another_host(REBOOT), MTU), WAY.how, False, REBOOT),
    ),
    "a field that a move does not cover, beside one that it does": (
        away(passage=replace(WAY, covers=(("image",),)), wanted={"image": "alpine", "size": 4}, holds_data=True),
        Decision(Op.REPLACE, moved(another_host(LOSS), IMAGE, SIZE), ANEW, False, LOSS),
    ),
    "a move of what is to be replaced": (
        away(passage=WAY, force="asked for"),
        Decision(Op.REPLACE, moved(another_host(RECREATE)), ANEW, False, RECREATE),
    ),
    "a move that leaves nothing behind": (
        situation(elsewhere=HOMES),
        Decision(Op.REPLACE, Diff((another_host(RECREATE),)), "it moves to another host", False, RECREATE),
    ),
    "drift on the other host is healed on the way": (
        away(passage=WAY, observed=replace(THERE, drift=(DOWN,))),
        Decision(Op.MOVE, diff(another_host(LIVE), DOWN), WAY.how, True, LIVE),
    ),
    "drift on the other host of what can't move": (
        away(current={**IN_FORCE, "mtu": 9000}),
        Decision(Op.REPLACE, moved(another_host(RECREATE), Change(("mtu",), 9000, 1500, LIVE)), ANEW, True, RECREATE),
    ),
    "drift of what is to be replaced": (
        situation(force="asked for", observed=replace(THERE, drift=(DOWN,))),
        Decision(Op.REPLACE, diff(DOWN), "asked for", True, RECREATE),
    ),
    "a field that costs data, of what is to be replaced": (
        situation(force="asked for", wanted={"size": 4}),
        Decision(Op.REPLACE, diff(SIZE), "asked for", False, LOSS),
    ),
    "a field that costs data": (
        situation(wanted={"size": 4}),
        Decision(Op.REPLACE, diff(SIZE), impact=LOSS),
    ),
    "fields and what is no field, together": (
        situation(wanted={"mtu": 9000}, observed=replace(THERE, drift=(DOWN,), outdated=(OLD,))),
        Decision(Op.UPDATE, diff(MTU, DOWN, OLD), "", True, LIVE),
    ),
    "what an older version made otherwise and only the host knows": (
        situation(prior=None, observed=replace(THERE, outdated=(OLD,))),
        Decision(Op.UPDATE, diff(OLD), STAMPED, False, LIVE),
    ),
    "what an older version made otherwise and needs a new object": (
        situation(observed=replace(THERE, outdated=(replace(OLD, impact=RECREATE),))),
        Decision(Op.REPLACE, diff(replace(OLD, impact=RECREATE)), "", False, RECREATE),
    ),
    "drift that needs a new object": (
        situation(current={**IN_FORCE, "image": "alpine"}, holds_data=True),
        Decision(Op.REPLACE, diff(Change(("image",), "alpine", "debian", RECREATE)), "", True, LOSS),
    ),
    "what differs and has another name": (
        situation(moved=True, wanted={"mtu": 9000}),
        Decision(Op.UPDATE, diff(MTU), impact=LIVE),
    ),
    "what needs a new object and only the host knows": (
        situation(prior=None, wanted={"image": "alpine"}),
        Decision(Op.REPLACE, diff(IMAGE), STAMPED, False, RECREATE),
    ),
    "a field of `replace_on_changes`, beside one that needs a new object": (
        situation(wanted={"mtu": 9000, "image": "alpine"}, replace_on=(("mtu",),)),
        Decision(Op.REPLACE, diff(IMAGE, MTU), "", False, RECREATE),
    ),
    "a field of `replace_on_changes`, and only the host knows it": (
        situation(prior=None, wanted={"mtu": 9000}, replace_on=(("mtu",),), holds_data=True),
        Decision(Op.REPLACE, diff(MTU), "mtu changes (replace_on_changes)", False, LOSS),
    ),
    "a field of `replace_on_changes`, changed by hand, after one that is none": (
        situation(
            current={**IN_FORCE, "mtu": 9000}, wanted={"memory": 1024}, replace_on=(("mtu",),)
        ),
        Decision(
            Op.REPLACE,
            diff(MEMORY, Change(("mtu",), 9000, 1500, LIVE)),
            "mtu changes (replace_on_changes)",
            True,
            RECREATE,
        ),
    ),
    "a field that is true where it was 1": (
        situation(current={**IN_FORCE, "mtu": 1}, prior=replace(KNOWN, inputs={"mtu": 1}), wanted={"mtu": True}),
        Decision(Op.UPDATE, diff(Change(("mtu",), 1, True, LIVE)), "", False, LIVE),
    ),
    "a field that the host has as true where it was 1": (
        situation(current={**IN_FORCE, "mtu": True}, prior=replace(KNOWN, inputs={"mtu": 1}), wanted={"mtu": 9000}),
        Decision(Op.UPDATE, diff(Change(("mtu",), True, 9000, LIVE)), "", True, LIVE),
    ),
    "another object, whose replacement has a reason of its own": (
        situation(another=ANOTHER, force="asked for"),
        Decision(Op.REPLACE, diff(), f"{ANOTHER}; asked for", False, RECREATE),
    ),
    "another object with data, in the place of one that is gone": (
        situation(another=ANOTHER, holds_data=True),
        Decision(Op.ADOPT, reason=ANOTHER),
    ),
    "another object, in the place of one whose host is lost with its data": (
        situation(another=ANOTHER, gone=LOST, holds_data=True),
        Decision(Op.ADOPT, reason=f"{ANOTHER}; {LOST}, and the data there is gone with it", impact=LOSS),
    ),
    "another object that is to change, in the place of one whose host is lost with its data": (
        situation(another=ANOTHER, gone=LOST, holds_data=True, wanted={"memory": 1024}),
        Decision(
            Op.UPDATE, diff(MEMORY), f"{ANOTHER}; {LOST}, and the data there is gone with it", False, LOSS
        ),
    ),
    "another object, in the place of one whose host is lost and that held no data": (
        situation(another=ANOTHER, gone=LOST),
        Decision(Op.ADOPT, reason=ANOTHER),
    ),
    "fields of `replace_on_changes` that stay as they are": (
        situation(wanted={"mtu": 9000}, replace_on=(("memory",), ("labels", "mtu"))),
        Decision(Op.UPDATE, diff(MTU), impact=LIVE),
    ),
}  # fmt: skip


def told(decision: Decision) -> tuple[str, ...]:
    """As the document's table has it."""
    return decision.op, decision.impact.label, decision.reason, "drift" if decision.drifted else ""


def table() -> dict[str, tuple[str, ...]]:
    text = DOCUMENT.read_text(encoding="utf-8").partition("| situation | step |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return {name: tuple(cells) for name, *cells in rows}


def test_the_document_tells_every_row_as_it_is_decided() -> None:
    assert table() == {name: told(decision) for name, (_, decision) in ROWS.items()}


@pytest.mark.parametrize("name", [*ROWS, *BESIDES])
def test_each_situation_has_its_decision(name: str) -> None:
    seen, expected = {**ROWS, **BESIDES}[name]
    assert decide(seen) == expected


def test_what_is_equal_is_not_compared() -> None:
    """A comparison may take long, and nothing can come of it."""

    def never(current: Properties, goal: Properties) -> Diff:
        raise AssertionError

    assert decide(situation(compare=never)).op is Op.SAME
    for fields in ({"force": "asked for"}, {"observed": replace(THERE, drift=(DOWN,))}, {"wanted": {"mtu": 1}}):
        with pytest.raises(AssertionError):
            decide(situation(compare=never, **fields))


@pytest.mark.parametrize(
    ("applied", "current", "goal", "drifted"),
    [
        pytest.param({"mtu": 1500}, {"mtu": 1500}, {"mtu": 9000}, False, id="the stack changed"),
        pytest.param({"mtu": 1500}, {"mtu": 9000}, {"mtu": 1500}, True, id="the host changed"),
        pytest.param({"mtu": 1500}, {"mtu": 9000}, {"mtu": 1400}, True, id="both changed"),
        pytest.param({"mtu": 1500}, {"mtu": 9000}, {"mtu": 9000}, False, id="the stack follows the host"),
        pytest.param(
            {"mtu": 1500, "memory": 512},
            {"mtu": 9000, "memory": 512},
            {"mtu": 9000, "memory": 1024},
            False,
            id="the host changed another field than the stack",
        ),
        pytest.param({}, {"mtu": 1500}, {"mtu": 9000}, True, id="what was not applied is there"),
        pytest.param({"mtu": Secret(1500)}, {"mtu": 1500}, {"mtu": 9000}, False, id="a secret that is as applied"),
        pytest.param({"mtu": Secret(1500)}, {"mtu": 1}, {"mtu": 9000}, True, id="a secret that the host changed"),
        pytest.param(
            {"mtu": {"a": 1, "b": 2}}, {"mtu": {"a": 1, "b": 3}}, {"mtu": {"a": 2, "b": 3}}, True, id="below a field"
        ),
    ],
)
def test_drift_is_what_differs_from_what_was_applied_too(
    applied: Properties, current: Properties, goal: Properties, drifted: bool
) -> None:
    seen = situation(prior=replace(KNOWN, inputs=applied), current=current)
    assert decide(replace(seen, goal=goal)).drifted is drifted


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (("mtu",), True),
        (("mtu", "a"), True),
        (("mtu", "a", 0), True),
        (("mtu", "b"), False),
        (("mtu", "*", 0), True),
        (("*",), True),
        (("*", "a"), True),
        (("*", "b"), False),
        (("memory",), False),
    ],
)
def test_a_pattern_is_at_above_or_below_the_field_that_changes(pattern: tuple[str | int, ...], matches: bool) -> None:
    seen = replace(situation(current={"mtu": {"a": 1}}, replace_on=(pattern,)), goal={"mtu": {"a": 2}})
    assert (decide(seen).op is Op.REPLACE) == matches
    covered = replace(seen, replace_on=(), elsewhere=HOMES, passage=replace(WAY, impact=NONE, covers=(pattern,)))
    assert (decide(covered).impact is NONE) == matches


def observed(model: Network | Image) -> Observed[Any, Any]:
    return replace(THERE, inputs=model)


def test_the_inputs_in_force_are_what_the_host_tells_and_else_what_was_applied() -> None:
    seen = observed(Network(mtu=9000))
    assert in_force(None, seen) == to_properties(Network(mtu=9000))
    applied = {"mtu": 1500, "cidr": "10.40.0.0/24", "labels": Secret({"a": "b"})}
    expected = to_properties(Network(mtu=9000, cidr="10.40.0.0/24", labels={"a": "b"}))
    assert in_force(applied, seen) == expected
    assert current_inputs(replace(KNOWN, inputs=applied), seen) == expected
    assert current_inputs(None, seen) == to_properties(Network(mtu=9000))


def test_where_the_host_tells_all_nothing_of_what_was_applied_is_in_force() -> None:
    told = Network(**to_properties(Network(mtu=9000)))
    applied = {**to_properties(Network(mtu=1500)), "former_field": 1}
    assert in_force(applied, observed(told)) == to_properties(told)
    assert "former_field" in in_force(applied, observed(Network(mtu=9000)))


def test_a_path_that_a_host_repeats_is_the_one_that_was_applied() -> None:
    applied = to_properties(Image(source=ImageSource(archive="base.tar"), labels={"a": "b"}))
    part = Image(source=ImageSource(archive="/elsewhere/base.tar"))
    for seen in (part, Image(**to_properties(part))):
        assert in_force(applied, observed(seen))["source"]["archive"] == "base.tar"
