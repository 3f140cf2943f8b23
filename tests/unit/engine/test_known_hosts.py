"""What a state knows of its hosts, and what that proves of the objects there."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from tests.states import NAME, commit, open_store, resource
from tests.unit.engine.test_whereabouts import (
    COPY,
    E1,
    E2,
    EAST,
    ELSEWHERE,
    HERE,
    MADE,
    OLD,
    OURS,
    SERVICE,
    STACK,
    WEB,
    seen,
    store,
)

from virtwright.engine.admission import FORMER
from virtwright.engine.leftovers import Stamped
from virtwright.engine.ownership import Operations, Ownership
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.state.traits import Traits
from virtwright.engine.whereabouts import KnownHost, KnownStack, Place, Whereabouts, Whose
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Secret

NOWHERE: Final[frozenset[str]] = frozenset()
FORGOTTEN: Final = "4" * 32
"""An operation that the history does not know."""


@pytest.mark.parametrize(
    ("known", "told", "differs", "equals"),
    [
        pytest.param({}, {}, False, False, id="nothing is told"),
        pytest.param(E1, {}, False, False, id="the place tells nothing"),
        pytest.param({}, E1, False, False, id="nothing is known"),
        pytest.param(E1, {"machine": "1"}, False, False, id="each tells something else"),
        pytest.param(E1, E1, False, True, id="the same"),
        pytest.param(E1, E2, True, False, id="another"),
        pytest.param({**E1, "machine": "1"}, {**E1, "machine": "2"}, True, False, id="one of two is another"),
    ],
)
def test_what_evidence_tells(known: dict[str, str], told: dict[str, str], differs: bool, equals: bool) -> None:
    host, place = KnownHost(NOWHERE, known), Place(HERE, told)
    assert host.differs(place) is differs
    assert host.equals(place) is equals


def test_of_a_host_there_may_be_no_evidence() -> None:
    assert KnownHost(NOWHERE).evidence == {}


def whose(known: Whereabouts, each: Stamped, uri: str = HERE) -> Whose:
    ((_, whose),) = known.judge(Place(uri), [each]).objects
    return whose


def test_a_host_that_answers_where_the_state_has_it_is_under_no_other_uri() -> None:
    assert store().judge(Place(HERE), [seen()]).same == NOWHERE


def test_only_a_copy_of_a_service_proves_the_host_with_another_id() -> None:
    judged = store(E1).judge(Place(ELSEWHERE, E1), [seen(id="c8", of=SERVICE)])
    assert judged.objects[0][1] is Whose.UNRECORDED and judged.same == NOWHERE


def test_what_names_another_stack_proves_no_host_of_this_one() -> None:
    assert store().judge(Place(ELSEWHERE), [seen(stack="blog/prod")]).same == NOWHERE


def test_a_copy_of_a_service_that_the_state_has_no_more_is_in_no_record() -> None:
    assert whose(store({}, WEB), COPY) is Whose.UNRECORDED
    spent = KnownStack(STACK, Ownership(OURS, lambda: Operations(spent={MADE: "shop_api"})))
    assert whose(Whereabouts({STACK: spent}), COPY) is Whose.UNRECORDED


@pytest.mark.parametrize(("uri", "expected"), [(HERE, Whose.RECORDED), (ELSEWHERE, Whose.UNPROVEN)])
def test_an_id_proves_an_object_without_identity_on_its_record_s_host_alone(uri: str, expected: Whose) -> None:
    record = resource("db", id="c3", host=EAST)
    assert whose(store({}, record), seen(FORGOTTEN, identity="", id="c3", of=record), uri) is expected


def test_a_record_without_an_object_makes_no_other_one_a_copy() -> None:
    assert whose(store({}, replace(WEB, id=None)), seen(id="c2")) is Whose.UNRECORDED


@pytest.mark.parametrize(
    ("each", "copy"),
    [(seen(id="c2"), True), (seen(), False), (seen(OLD, id="c2"), False), (replace(COPY, id="c2"), False)],
)
def test_what_is_a_copy(each: Stamped, copy: bool) -> None:
    assert store().stacks[STACK].is_copy(each, frozenset({EAST})) is copy


@pytest.mark.parametrize("here", [frozenset({EAST}), frozenset()])
def test_a_copy_of_a_service_is_known_where_the_stack_lives(here: frozenset[Urn]) -> None:
    assert store().stacks[STACK].knows(COPY, here, Place(HERE)) is bool(here)


def test_an_object_of_the_state_that_was_displaced_is_a_copy_though_its_operation_made_no_other() -> None:
    assert whose(store(), seen(OLD, id="c2", displaced=True)) is Whose.COPY
    assert whose(store(), seen(identity="fedcba9876543210", displaced=True)) is Whose.COPY


def test_an_object_is_found_among_others_of_its_stack() -> None:
    known = store({}, WEB, resource("taken", id="foreign", host=EAST), SERVICE)
    assert known.recorded(Place(HERE), "Container", "foreign") == STACK


def test_where_a_stack_has_been_is_told_in_order() -> None:
    uris = [f"docker+ssh://{number}" for number in range(20)]
    hosts = {EAST: KnownHost(frozenset(uris)), replace(EAST, name="west"): KnownHost(frozenset({HERE}))}
    known = Whereabouts({STACK: KnownStack(STACK, Ownership(OURS), hosts), "a/b": KnownStack("a/b", Ownership(OURS))})
    assert known.of_stack(STACK, Place(uris[7])) == sorted({*uris, HERE} - {uris[7]})
    assert known.everywhere() == {STACK}


def test_all_of_a_state_is_read(tmp_path: Path) -> None:
    host = ResourceRecord(
        row="1", urn=EAST, kind="Host", id=None, inputs={"uri": Secret(HERE)}, outputs={FORMER: [{"uri": ELSEWHERE}]},
        created="2026-01-01T00:00:00.000Z", modified="2026-01-01T00:00:00.000Z",
        traits=Traits(evidence=E1),
    )  # fmt: skip
    with open_store(tmp_path) as states:
        state = states.stack(NAME, create=True)
        commit(state, Changes(put=(host, WEB)))
        known = Whereabouts.of(states)
    assert [type(name) for name in known.stacks] == [str]
    stack = known.stacks[STACK]
    assert (stack.name, stack.owner.identity) == (STACK, state.identity)
    assert stack.hosts == {EAST: KnownHost(frozenset({HERE, ELSEWHERE}), E1)}
    assert [each.urn for each in stack.records] == [WEB.urn]


def test_whose_an_object_is_is_told_in_words() -> None:
    assert {each.name: each.value for each in Whose} == {
        "RECORDED": "this state's",
        "UNRECORDED": "this state's, in no record",
        "OTHER": "another state's",
        "ENGINE": "Pulumi's engine's",
        "UNPROVEN": "not known",
        "COPY": "nobody's, its stamp was copied",
    }
