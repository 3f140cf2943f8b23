"""Whose an object on a host is, as a table."""

from dataclasses import replace
from typing import Any, Final

import pytest
from tests.states import resource, urn

from virtwright.engine.leftovers import Stamped, check_loss
from virtwright.engine.ownership import Operations, Ownership
from virtwright.engine.state.records import FinishedOperation, ResourceRecord
from virtwright.engine.state.traits import Traits
from virtwright.engine.whereabouts import KnownHost, KnownStack, Place, Whereabouts, Whose
from virtwright.errors import RefusedError
from virtwright.providers.base import Stamp, named_identity
from virtwright.schemas.urn import HOST_TYPE, Urn

OURS, THEIRS = "0123456789abcdef", "fedcba9876543210"
STACK: Final = "shop/prod"
MADE, OLD, OPEN = "1" * 32, "2" * 32, "3" * 32
EAST: Final = Urn("prod", "shop", HOST_TYPE, "east")
HERE: Final = "docker+ssh://east"
WEB: Final = resource("web", id="c1", host=EAST)
SERVICE: Final = replace(WEB, urn=urn("api"), id="shop_api", kind="Service")


def finished(record: ResourceRecord, id: str) -> FinishedOperation:
    return FinishedOperation(id=id, run="1", urn=record.urn, op="create", outcome="done", started="", finished="")


HISTORY: Final = (finished(WEB, MADE), finished(SERVICE, MADE))


def store(evidence: dict[str, str] | None = None, *records: ResourceRecord) -> Whereabouts:
    known = KnownStack(
        STACK,
        Ownership(OURS, lambda: Operations({OPEN: WEB.urn}, HISTORY)),
        {EAST: KnownHost(frozenset({HERE}), evidence or {})},
        records or (WEB, SERVICE),
        frozenset({OPEN}),
        {WEB.urn: {MADE}, SERVICE.urn: {MADE}},
    )
    return Whereabouts({STACK: known})


def seen(operation: str = MADE, identity: str = OURS, id: str = "c1", of: ResourceRecord = WEB, **how: Any) -> Stamped:
    stack = how.pop("stack", STACK)
    return Stamped(stack, of.kind, id, Stamp(stack, str(of.urn), operation, "hash", identity), **how)


COPY: Final = seen(id="c7", of=SERVICE, part="shop_api_2")
E1, E2 = {"engine": "1"}, {"engine": "2"}
ELSEWHERE: Final = "docker+ssh://10.0.0.7"
TABLE: dict[str, tuple[dict[str, str], str, dict[str, str], Stamped, Whose]] = {
    "in the records": ({}, HERE, {}, seen(), Whose.RECORDED),
    "in the records, of before identities": ({}, HERE, {}, seen(identity=""), Whose.RECORDED),
    "another object of the stack": ({}, HERE, {}, seen(OLD, id="c2"), Whose.UNRECORDED),
    "another object with the stamp of a recorded one": ({}, HERE, {}, seen(id="c2"), Whose.COPY),
    "the same on another host": ({}, ELSEWHERE, {}, seen(id="c2"), Whose.UNRECORDED),
    "one that a run is making": ({}, HERE, {}, seen(OPEN, id="c2"), Whose.RECORDED),
    "another state's with the same id": ({}, HERE, {}, seen(identity=THEIRS), Whose.OTHER),
    "another stack's": ({}, HERE, {}, seen(identity=THEIRS, stack="blog/prod"), Whose.OTHER),
    "of before identities, unknown": ({}, HERE, {}, seen(OLD, identity="", id="c2"), Whose.UNPROVEN),
    "the plugin's": ({}, HERE, {}, seen(identity=named_identity("a/b"), stack="a/b"), Whose.ENGINE),
    "a renamed one": ({}, HERE, {}, seen(displaced=True), Whose.RECORDED),
    "a copied label": ({}, HERE, {}, seen(id="c2", displaced=True), Whose.COPY),
    "a copy of a service": ({}, HERE, {}, COPY, Whose.RECORDED),
    "what bears the labels of a copy": ({}, HERE, {}, replace(COPY, displaced=True), Whose.COPY),
    "the same engine": (E1, HERE, E1, seen(), Whose.RECORDED),
    "another engine that has the very object": (E1, HERE, E2, seen(), Whose.RECORDED),
    "another engine that has an older one of its name": (E1, HERE, E2, seen(OLD), Whose.UNRECORDED),
    "a copy on another engine": (E1, HERE, E2, COPY, Whose.UNRECORDED),
    "another URI, proven by the object": ({}, ELSEWHERE, {}, seen(), Whose.RECORDED),
    "another URI, an older object": ({}, ELSEWHERE, {}, seen(OLD), Whose.UNRECORDED),
    "another URI, a copy alone": ({}, ELSEWHERE, {}, COPY, Whose.UNRECORDED),
    "another URI of the engine, a copy": (E1, ELSEWHERE, E1, COPY, Whose.RECORDED),
    "another URI of the engine, an older object": (E1, ELSEWHERE, E1, seen(OLD), Whose.UNRECORDED),
    "a cloned machine that was given an id of its own": (E1, ELSEWHERE, E2, seen(), Whose.UNRECORDED),
    "a cloned machine with the id": (E1, ELSEWHERE, E1, seen(), Whose.RECORDED),
    "what was made for a stack that lives here": ({}, HERE, {}, Stamped(STACK, "Volume", "x", remain="x"), Whose.RECORDED),
    "what was made for one that does not": ({}, ELSEWHERE, {}, Stamped(STACK, "Volume", "x", remain="x"), Whose.UNRECORDED),
}  # fmt: skip


@pytest.mark.parametrize(("known", "uri", "evidence", "each", "whose"), TABLE.values(), ids=TABLE)
def test_whose_it_is(known: dict[str, str], uri: str, evidence: dict[str, str], each: Stamped, whose: Whose) -> None:
    judged = store(known).judge(Place(uri, evidence), [each])
    assert judged.objects == [(each, whose)]


def test_a_record_proves_its_object_when_the_history_is_forgotten() -> None:
    noted = replace(WEB, urn=urn("db"), traits=Traits(operation=OLD))
    judged = store({}, noted).judge(Place(ELSEWHERE), [seen(OLD, of=noted)])
    assert [whose for _, whose in judged.objects] == [Whose.RECORDED] and judged.same == {HERE}


@pytest.mark.parametrize(
    ("doomed", "whose", "same"), [(False, Whose.RECORDED, {HERE}), (True, Whose.UNRECORDED, set())]
)
def test_an_old_object_proves_no_host(doomed: bool, whose: Whose, same: set[str]) -> None:
    """It may be what is left on a host that the resource has moved away from."""
    old = replace(WEB, doomed=doomed)
    judged = store({}, old).judge(Place(ELSEWHERE), [seen()])
    assert (judged.objects[0][1], {*judged.same}) == (whose, same)
    judged = store(E1, old).judge(Place(HERE, E1), [seen()])
    assert judged.objects[0][1] is Whose.RECORDED, "where the record has it"
    judged = store(E1, old).judge(Place(HERE, E2), [seen()])
    assert judged.objects[0][1] is whose


def test_one_object_shows_the_host_for_all_of_them() -> None:
    found = [seen(), seen(OLD, id="shop_api", of=SERVICE), seen(OLD, id="c9")]
    judged = store().judge(Place(ELSEWHERE), found)
    assert [whose for _, whose in judged.objects] == [Whose.RECORDED, Whose.RECORDED, Whose.UNRECORDED]
    assert judged.same == {HERE}
    assert store(E1).judge(Place(ELSEWHERE, E2), found).same == frozenset()


def test_where_a_stack_may_be_is_told_but_for_hosts_that_are_others() -> None:
    assert store().of_stack(STACK, Place(ELSEWHERE)) == [HERE]
    assert store(E1).of_stack(STACK, Place(ELSEWHERE, E1)) == [HERE]
    assert store(E1).of_stack(STACK, Place(ELSEWHERE, E2)) == []
    assert store().of_stack(STACK, Place(HERE)) == [] and store().of_stack("blog/prod", Place(HERE)) == []


def test_what_bears_no_stamp_may_have_been_taken_over() -> None:
    taken = resource("taken", id="foreign", host=EAST)
    known = store(E1, taken)
    assert known.recorded(Place(HERE, E1), "Container", "foreign") == STACK
    assert known.recorded(Place(HERE, E2), "Container", "foreign") is None
    assert known.recorded(Place(HERE, E1), "Volume", "foreign") is None
    assert known.recorded(Place(ELSEWHERE, E1), "Container", "foreign") is None


def test_a_copy_is_named_by_its_id_and_its_name_on_the_host() -> None:
    assert COPY.name.endswith("(shop_api_2)")
    assert all(COPY.is_named_by((name,)) for name in ("c7", "shop_api_2", "api", str(SERVICE.urn)))
    assert not COPY.is_named_by(("c1", "web", ""))


@pytest.mark.parametrize(("id", "whose"), [("c1", Whose.UNRECORDED), ("c2", Whose.COPY)])
def test_of_an_object_that_the_state_has_no_more_a_copy_is_nobodys(id: str, whose: Whose) -> None:
    owner = Ownership(OURS, lambda: Operations(spent={MADE: "c1"}))
    known = Whereabouts({STACK: KnownStack(STACK, owner)})
    assert [each for _, each in known.judge(Place(HERE), [seen(id=id)]).objects] == [whose]


def test_data_goes_by_name_only() -> None:
    data = Stamped(STACK, "Volume", "v1", Stamp(STACK, str(urn("data")), MADE, "hash", OURS))
    with pytest.raises(RefusedError, match="data"):
        check_loss([data, COPY], ())
    check_loss([data, COPY], ("v1",))
    check_loss([data, COPY], ("data",))
