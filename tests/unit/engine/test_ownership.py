"""Whose an object is that bears the stack's name, as a table."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.states import NAME, commit, open_store, operation, resource

from virtwright.engine.hosts import Listing
from virtwright.engine.ownership import Operations, Ownership, refusal, with_proof
from virtwright.engine.recovery import found_identity
from virtwright.engine.state.records import Changes, FinishedOperation, ResourceRecord
from virtwright.engine.state.traits import NO_TRAITS, Traits
from virtwright.errors import RefusedError
from virtwright.providers.base import UNREADABLE, Observed, Stamp, named_identity
from virtwright.schemas.container import Container, ContainerOutputs

OURS: Final = "0123456789abcdef"
THEIRS: Final = "fedcba9876543210"
STACK: Final = "shop/prod"
MADE, CHANGED, OPEN, OTHER = (digit * 32 for digit in "abcd")
WEB: Final = resource("web", id="1", created="2026-01-01T00:00:02.000Z")


def finished(id: str, op: str, second: int) -> FinishedOperation:
    time = f"2026-01-01T00:00:0{second}.000Z"
    return FinishedOperation(
        id=id,
        run="1",
        urn=WEB.urn,
        op=op,
        outcome="done",
        started=time,
        finished=f"2026-01-01T00:00:0{second + 1}.000Z",
    )


HISTORY: Final = (finished(CHANGED, "update", 4), finished(MADE, "create", 1))
KNOWN: Final = Operations({OPEN: WEB.urn}, HISTORY)
FORGOTTEN: Final = Operations({OPEN: WEB.urn}, HISTORY[:1])
"""The run that made the object was dropped from the history."""


OF_ANOTHER: Final = str(resource("db").urn)


def seen(operation: str, identity: str = "", id: str = "1", urn: str = str(WEB.urn)) -> Observed[Any, Any]:
    stamp = Stamp(STACK, urn, operation, "hash", identity)
    return Observed(stamp, id, Container(image="x"), ContainerOutputs(id=id, name="web"))


def owned(
    each: Observed[Any, Any], records: tuple[ResourceRecord, ...], known: Operations = KNOWN, **how: bool
) -> bool:
    split = Ownership(OURS, lambda: known, **how).split("Container", [each], records)
    assert [*split.own, *split.others] == [each]
    return bool(split.own)


TAKEN: Final = replace(WEB, traits=Traits(operation=MADE, identity=THEIRS))
PROVEN: Final = replace(WEB, traits=Traits(operation=OTHER))


@pytest.mark.parametrize(
    ("each", "records", "known", "ours"),
    [
        pytest.param(seen(MADE, OURS), (), KNOWN, True, id="our identity"),
        pytest.param(seen(OTHER, OURS), (), KNOWN, True, id="our identity, an operation of a state restored since"),
        pytest.param(seen(MADE, THEIRS), (WEB,), KNOWN, False, id="another identity, whatever else it bears"),
        pytest.param(seen(MADE, THEIRS), (TAKEN,), KNOWN, True, id="another identity, and taken over from that"),
        pytest.param(seen(MADE, "1" * 16), (TAKEN,), KNOWN, False, id="another identity than it was taken over from"),
        pytest.param(seen(MADE, THEIRS, "2"), (TAKEN,), KNOWN, False, id="another object than what was taken over"),
        pytest.param(seen(MADE), (), KNOWN, True, id="an operation of the history"),
        pytest.param(seen(CHANGED), (), KNOWN, True, id="a later one"),
        pytest.param(
            seen(MADE, urn=OF_ANOTHER), (), KNOWN, False, id="an operation of the history, of another resource"
        ),
        pytest.param(seen(OPEN, urn=OF_ANOTHER), (), KNOWN, False, id="one that was left open, of another resource"),
        pytest.param(seen(OPEN), (), KNOWN, True, id="one that was left open"),
        pytest.param(seen(OTHER, urn="None"), (), KNOWN, False, id="one that is not known, and no resource"),
        pytest.param(seen(OTHER), (WEB,), KNOWN, False, id="our id, but the history knows who made ours"),
        pytest.param(seen(OTHER), (WEB,), FORGOTTEN, True, id="our id, and the history forgot who made ours"),
        pytest.param(seen(OTHER), (PROVEN,), KNOWN, True, id="our id, and the record knows the operation"),
        pytest.param(seen(CHANGED[:-1] + "0"), (PROVEN,), FORGOTTEN, False, id="our id, and the record knows another"),
        pytest.param(seen(OTHER, id="2"), (WEB,), FORGOTTEN, False, id="another id"),
        pytest.param(seen(OTHER), (), FORGOTTEN, False, id="no record"),
        pytest.param(seen(UNREADABLE), (), KNOWN, True, id="what a killed process was writing"),
        pytest.param(seen("p" + "0" * 31), (WEB,), KNOWN, True, id="our id, changed by the plugin"),
        pytest.param(
            seen("p" + "0" * 31), (PROVEN,), KNOWN, True, id="our id, changed by the plugin since it was noted"
        ),
        pytest.param(seen("p" + "0" * 31), (), KNOWN, False, id="made by the plugin"),
        pytest.param(
            seen("p" + "0" * 31, named_identity(STACK)), (WEB,), KNOWN, True, id="our id, identity of the name"
        ),
        pytest.param(seen("p" + "0" * 31, named_identity(STACK)), (), KNOWN, False, id="the identity of the name"),
        pytest.param(seen("p" + "0" * 31, named_identity("x/y")), (WEB,), KNOWN, False, id="that of another name"),
    ],
)
def test_whose_it_is(
    each: Observed[Any, Any], records: tuple[ResourceRecord, ...], known: Operations, ours: bool
) -> None:
    assert owned(each, records, known) is ours


@pytest.mark.parametrize(
    ("each", "unsigned", "everything"),
    [(seen(OTHER, OURS), True, True), (seen(OTHER), True, True), (seen(OTHER, THEIRS), False, True)],
)
def test_what_a_recovery_claims(each: Observed[Any, Any], unsigned: bool, everything: bool) -> None:
    assert owned(each, (), claims_unsigned=True) is unsigned
    assert owned(each, (), claims_all=True) is everything


RENAMED: Final = replace(seen(MADE, OURS), displaced=True)
STARTED: Final = replace(seen(OPEN, OURS), displaced=True)


@pytest.mark.parametrize(
    ("each", "beside", "records", "ours"),
    [
        pytest.param(RENAMED, (), (WEB,), True, id="our id: renamed"),
        pytest.param(RENAMED, (seen(MADE, OURS, "2"),), (WEB,), True, id="our id, whatever stands at its place"),
        pytest.param(RENAMED, (), (), False, id="no id of ours: a copy"),
        pytest.param(RENAMED, (), (replace(WEB, id="2"),), False, id="another id: a copy"),
        pytest.param(replace(seen(MADE, THEIRS), displaced=True), (), (WEB,), False, id="another state's, with our id"),
        pytest.param(STARTED, (), (), True, id="what a killed run was making, renamed since"),
        pytest.param(STARTED, (seen(OPEN, OURS, "2"),), (), False, id="a copy of what a killed run was making"),
    ],
)
def test_what_was_renamed_and_what_is_a_copy(
    each: Observed[Any, Any], beside: tuple[Observed[Any, Any], ...], records: tuple[ResourceRecord, ...], ours: bool
) -> None:
    split = Ownership(OURS, lambda: KNOWN).split("Container", [each, *beside], records)
    assert (each in split.own, each in (*split.others, *split.copies)) == (ours, not ours)
    assert all(other in (*split.own, *split.copies) for other in beside)


def test_a_copy_keeps_no_goal_from_its_place() -> None:
    listing = Listing.of((), (), (RENAMED,))
    assert listing.other((WEB.urn,), WEB.id) is None
    assert Listing.of((RENAMED,)).of_urn(WEB.urn) == []


def test_the_operations_are_looked_up_once_and_only_where_no_record_tells() -> None:
    asked: list[int] = []

    def look_up() -> Operations:
        asked.append(1)
        return KNOWN

    owner = Ownership(OURS, look_up)
    owner.split("Container", [seen(MADE, OURS), seen(MADE, THEIRS)], (WEB,))
    assert asked == []
    owner.split("Container", [seen(MADE, OURS)], ())
    owner.split("Container", [seen(MADE), seen(OTHER)], (WEB,))
    owner.split("Container", [seen(MADE)], ())
    assert asked == [1]


@pytest.mark.parametrize(
    ("op", "created", "urn", "made"),
    [
        ("create", "2026-01-01T00:00:01.000Z", "web", True),
        ("replace", "2026-01-01T00:00:02.000Z", "web", True),
        ("create", "2026-01-01T00:00:02.001Z", "web", False),
        ("create", "2026-01-01T00:00:00.999Z", "web", False),
        ("update", "2026-01-01T00:00:01.500Z", "web", False),
        ("move", "2026-01-01T00:00:01.500Z", "web", False),
        ("create", "2026-01-01T00:00:01.500Z", "other", False),
    ],
)
def test_which_operation_made_a_record(op: str, created: str, urn: str, made: bool) -> None:
    known = Operations(finished=(finished(MADE, op, 1),))
    assert known.made(replace(resource(urn), created=created)) is made


@pytest.mark.parametrize(
    ("before", "each", "after"),
    [
        (NO_TRAITS, seen(MADE), Traits(operation=MADE)),
        (Traits(operation=MADE), seen(MADE, OURS), Traits(operation=MADE)),
        (NO_TRAITS, seen(MADE, OURS), Traits(operation=MADE)),
        (Traits(operation=MADE), seen(CHANGED, OURS), Traits(operation=CHANGED)),
        (Traits(operation=MADE), seen("p" + "0" * 31), NO_TRAITS),
        (NO_TRAITS, seen(""), NO_TRAITS),
        (NO_TRAITS, seen(MADE, THEIRS), Traits(operation=MADE, identity=THEIRS)),
        (Traits(operation=MADE, identity=THEIRS), seen(CHANGED, OURS), Traits(operation=CHANGED)),
        (Traits(imported=True), seen(MADE, OURS), Traits(imported=True, operation=MADE)),
    ],
)
def test_what_a_record_keeps_of_a_stamp(before: Traits, each: Observed[Any, Any], after: Traits) -> None:
    record = replace(WEB, traits=before)
    proven = with_proof(record, each.stamp, OURS)
    assert proven.traits == after
    assert (proven is record) is (before == after) and (after != NO_TRAITS or proven.traits is NO_TRAITS)


@pytest.mark.parametrize(
    ("identities", "chosen", "expected"),
    [
        ((), None, OURS),
        (("",), None, OURS),
        ((THEIRS, THEIRS), None, THEIRS),
        ((OURS, THEIRS), None, OURS),
        ((named_identity(STACK),), None, OURS),
        ((THEIRS, "1" * 16), None, "the hosts show objects of several states"),
        ((THEIRS, "1" * 16), "1" * 16, "1" * 16),
        ((OURS, THEIRS), THEIRS, THEIRS),
        ((THEIRS,), "1" * 16, "nothing on the hosts bears the identity 1111111111111111"),
        ((), THEIRS, f"nothing on the hosts bears the identity {THEIRS}"),
    ],
)
def test_the_identity_that_an_empty_state_takes(identities: tuple[str, ...], chosen: str | None, expected: str) -> None:
    objects = [seen(OTHER, each, str(number)) for number, each in enumerate(identities)]
    try:
        assert found_identity(objects, OURS, chosen) == expected
    except RefusedError as error:
        assert error.message.startswith(expected)
        assert error.hint is None or THEIRS in error.hint


def test_a_refusal_names_both_identities() -> None:
    message, hint = refusal(replace(seen(OTHER, THEIRS), made="2026-01-01T00:00:00Z"), "containers.web (1)", OURS)
    assert message == (
        f"containers.web (1) is there already (made 2026-01-01T00:00:00Z), and belongs to another state: its stack {STACK} has the identity {THEIRS},"
        f" that of this state has {OURS}"
    )
    assert hint.endswith("\n    virtwright state recover")
    message, _ = refusal(seen(OTHER), "containers.web (1)", OURS)
    assert "nothing proves that this state made it" in message


def test_a_refusal_says_no_more_than_is_known() -> None:
    message, _ = refusal(seen(OTHER, THEIRS), "containers.web (1)", "")
    assert message == (
        f"containers.web (1) is there already, and belongs to another state: its stack {STACK} has the identity {THEIRS},"
        " and this state has none yet"
    )


def test_an_operation_that_has_made_another_object_shows_a_copy() -> None:
    other = seen(MADE, OURS, "2")
    for known, operations in ((KNOWN, {MADE: {"1"}}), (replace(KNOWN, spent={MADE: "1"}), None)):
        split = Ownership(OURS, lambda known=known: known).split("Container", [other], (), operations)  # type: ignore[misc]
        assert (split.own, split.copies) == ((), (other,))
    assert Ownership(OURS, lambda: KNOWN).split("Container", [other], ()).own == (other,)


def test_the_identity_is_shown_where_it_is_kept() -> None:
    assert (Ownership(OURS).shown, Ownership(OURS, is_new=True).shown) == (OURS, "")


def test_a_state_is_asked_once_for_its_operations() -> None:
    asked: list[Operations] = []

    def look_up() -> Operations:
        asked.append(KNOWN)
        return KNOWN

    owner = Ownership(OURS, look_up)
    assert owner.owns(seen(OTHER, OURS).stamp, None) and not asked, "an identity is enough"
    assert owner.owns(seen(MADE).stamp, None) and owner.operations is KNOWN and not owner.owns(seen(OTHER).stamp, None)
    assert len(asked) == 1
    assert not Ownership(OURS).owns(seen(MADE).stamp, None), "no state, no operations"


def test_it_is_read_from_a_state(tmp_path: Path) -> None:
    begun = operation("web", id=OPEN)
    with open_store(tmp_path) as store:
        state = store.stack(NAME, create=True)
        commit(state, Changes(begin=(begun,)))
        owner = Ownership.of(state)
        assert owner.identity == state.identity
        assert owner.operations.open == {OPEN: WEB.urn}
        assert owner.owns(seen(OPEN).stamp, None) and not owner.owns(seen(OTHER).stamp, None)
        assert Ownership.of(state, claims_unsigned=True).owns(seen(OTHER).stamp, None)
