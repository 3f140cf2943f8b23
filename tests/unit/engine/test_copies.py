"""Which of several objects with one operation is the stack's, and what is said of its copies."""

from collections.abc import Callable, Collection, Mapping
from types import SimpleNamespace
from typing import Any, Final

import pytest

from virtwright.engine.copies import Known, copies_among, latest_made, name_of, refusal_of_copy, told_of_copy
from virtwright.engine.ids import new_id
from virtwright.errors import Problem, Where
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.diff import Change, Impact
from virtwright.providers.names import object_name, other_name
from virtwright.schemas.urn import Urn, type_token

VOLUME: Final = Urn("prod", "shop", type_token("Volume"), "data")
NETWORK: Final = Urn("prod", "shop", type_token("Network"), "data")
STRANGE: Final = Urn("prod", "shop", "elsewhere:index:Thing", "data")
OPERATION: Final = new_id()
OTHER: Final = new_id()


def stamp(operation: str = OPERATION, urn: Urn = VOLUME) -> Stamp:
    return Stamp("shop/prod", str(urn), operation, "h", "0" * 16)


GIVEN: Final = object_name(stamp())
GIVEN_ANEW: Final = other_name(GIVEN, OPERATION)


def seen(id: str, name: str = "x", operation: str = OPERATION, urn: Urn = VOLUME, **more: Any) -> Observed[Any, Any]:
    outputs: Any = SimpleNamespace(name=name)
    return Observed(stamp(operation, urn), id, SimpleNamespace(), outputs, **more)


def copies(
    *objects: Observed[Any, Any],
    ids: Collection[str] = (),
    operations: Mapping[str, Collection[str]] | None = None,
    opened: Collection[str] = (),
    spent: Mapping[str, str] | None = None,
) -> Callable[[], list[str]]:
    known = Known(ids, operations or {}, (spent or {}).get, lambda operation: operation in opened)
    return lambda: [each.id for each in copies_among("Volume", objects, known)]


@pytest.mark.parametrize(
    ("found", "copied"),
    [
        pytest.param(copies(), [], id="nothing"),
        pytest.param(copies(seen("a")), [], id="one that no record knows"),
        pytest.param(copies(seen("a"), ids=["a"]), [], id="the record's"),
        pytest.param(copies(seen("a"), seen("b"), ids=["a"]), ["b"], id="the record's, and another"),
        pytest.param(copies(seen("a"), seen("b", GIVEN), ids=["a"]), ["b"], id="the id goes before the name"),
        pytest.param(copies(seen("a"), seen("b"), ids=["a", "b"]), [], id="both are of records"),
        pytest.param(copies(seen("a"), seen("b", operation=OTHER), ids=["a"]), [], id="operations of their own"),
        pytest.param(copies(seen("a"), seen("b", GIVEN)), ["a"], id="the name decides where no record does"),
        pytest.param(copies(seen("a", GIVEN_ANEW), seen("b")), ["b"], id="the name beside one that is in the way"),
        pytest.param(copies(seen("b", made="1"), seen("a", made="2")), ["a"], id="the oldest"),
        pytest.param(copies(seen("a", made="2"), seen("b", GIVEN, made="3")), ["a"], id="the name goes before the age"),
        pytest.param(copies(seen("b"), seen("a"), seen("c")), ["b", "c"], id="one of those that are alike"),
        pytest.param(copies(seen("a", operation="mine"), seen("b", operation="mine")), [], id="no operation of a state"),
        pytest.param(copies(seen("a", operation=""), seen("b", operation="")), [], id="no operation"),
        pytest.param(copies(seen("a"), operations={OPERATION: ["a"]}), [], id="its operation is in a record, with its id"),
        pytest.param(copies(seen("a"), operations={OPERATION: ["b"]}), ["a"], id="its operation made another object"),
        pytest.param(
            copies(seen("a"), operations={OPERATION: ["b"]}, opened=[OPERATION]), [], id="its operation is under way"
        ),
        pytest.param(
            copies(seen("a"), seen("b", GIVEN), operations={OPERATION: []}, opened=[OPERATION]),
            ["a"],
            id="under way, and there are two",
        ),
        pytest.param(copies(seen("a"), spent={OPERATION: "a"}), [], id="the very object that the state had"),
        pytest.param(copies(seen("b"), seen("a", GIVEN), spent={OPERATION: "b"}), ["a"], id="the very object, and a copy with its name"),
        pytest.param(copies(seen("a"), spent={OPERATION: "b"}), ["a"], id="its operation made one that the state had"),
        pytest.param(
            copies(seen("a"), operations={OPERATION: ["a"]}, spent={OPERATION: "b"}),
            [],
            id="in a record, and another with its operation is gone",
        ),
        pytest.param(copies(seen("a", urn=NETWORK)), ["a"], id="stamped for another kind"),
        pytest.param(copies(seen("a", urn=NETWORK), opened=[OPERATION]), ["a"], id="for another kind, under way"),
        pytest.param(copies(seen("a", urn=STRANGE)), [], id="stamped for a kind that nobody knows"),
        pytest.param(copies(seen("a", displaced=True)), ["a"], id="renamed, as a copy would be"),
        pytest.param(copies(seen("a", displaced=True), opened=[OPERATION]), [], id="renamed while it was made"),
        pytest.param(
            copies(seen("a", displaced=True), seen("b"), opened=[OPERATION]), ["a"], id="renamed, and there are two"
        ),
        pytest.param(copies(seen("a", displaced=True), ids=["a"]), [], id="the record's was renamed"),
        pytest.param(
            copies(seen("a", GIVEN, displaced=True), seen("b")), ["a"], id="one that was renamed is the last to be taken"
        ),
    ],
)  # fmt: skip
def test_at_most_one_is_the_stacks(found: Callable[[], list[str]], copied: list[str]) -> None:
    assert found() == copied


def test_an_object_is_told_by_its_name_and_its_id() -> None:
    unnamed: Any = SimpleNamespace()
    assert name_of(seen("a", "x")) == "x (a)"
    assert name_of(seen("a", "a")) == name_of(seen("a", "")) == "a"
    assert name_of(Observed(stamp(), "a", unnamed, unnamed)) == "a"
    assert copies(Observed(stamp(), "a", unnamed, unnamed), seen("b", GIVEN))() == ["a"]


RENAMED: Final = (Change(("size",), 1, 2, Impact.NONE), Change(("name",), "mine", GIVEN, Impact.LIVE))
WHERE: Final = Where(urn=str(VOLUME), host="one")


@pytest.mark.parametrize(
    ("copy", "problem"),
    [
        (
            seen("a"),
            Problem(
                "x (a) bears the stamp of volumes.data, which was written for another object: a copy. It is left alone",
                WHERE,
                "to remove it:\n    virtwright host gc docker:/// --remove a",
            ),
        ),
        (
            seen("a", displaced=True, drift=RENAMED),
            Problem(
                f"mine (a) bears the stamp of volumes.data, written for {GIVEN}: a copy, or renamed. It is left alone",
                WHERE,
                f"if it is the very object, give it back the name {GIVEN} and recover again",
            ),
        ),
        (
            seen("a", displaced=True, drift=RENAMED[:1]),
            Problem(
                "a (a) bears the stamp of volumes.data, written for another name: a copy, or renamed. It is left alone",
                WHERE,
                "if it is the very object, give it back the name another name and recover again",
            ),
        ),
    ],
)
def test_what_is_told_of_a_copy(copy: Observed[Any, Any], problem: Problem) -> None:
    assert told_of_copy(copy, "one", "docker:///") == problem


@pytest.mark.parametrize(("id", "had"), [(None, ""), ("v1", ", which the state had (v1)")])
def test_why_a_copy_is_not_taken(id: str | None, had: str) -> None:
    assert refusal_of_copy(seen("a"), VOLUME, id, "docker:///") == (
        f"x (a) is in the place of volumes.data with the stamp of another object{had}: it is a copy",
        "to remove it, so that volumes.data is made anew:\n    virtwright host gc docker:/// --remove a",
    )


def test_the_latest_made_took_the_place_of_the_others() -> None:
    first, second, third = seen("c", made="1"), seen("a", made="2"), seen("b", made="2")
    assert latest_made([]) is None
    assert latest_made([second, third, first]) is latest_made([first, third, second]) is third
