"""The plugin's pure parts."""

import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from virtwright.errors import InputError, RefusedError
from virtwright.plugin import configuration
from virtwright.plugin.adoption import new_operation, unspoken
from virtwright.plugin.consent import LOSS, TAKE_OVER, check_loss, takes_over
from virtwright.plugin.place import Place
from virtwright.plugin.property_path import property_path
from virtwright.providers.base import Stamp, named_identity
from virtwright.schemas.values import UNKNOWN, Secret

DATA = "urn:pulumi:prod::shop::virtwright:index:Volume::data"
BACK = "urn:pulumi:prod::shop::virtwright:index:Network::back"


OLD, LIVE, YOUNG = (f"p{number:031x}" for number in (1, 2, 3))


def seen(id: str, operation: str, identity: str = "", *, complete: bool = True, displaced: bool = False) -> Any:
    stamp = Stamp("shop/shop", "urn", operation, "", identity)
    return SimpleNamespace(id=id, stamp=stamp, complete=complete, displaced=displaced)


@dataclass(frozen=True)
class Row:
    """Who is left by a killed run, and who is whole and of unknown origin."""

    name: str
    objects: tuple[Any, ...]
    left: str = ""
    whole: str = ""
    known: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    cut_off: tuple[str, ...] = ()


A, B = seen("a", OLD), seen("b", YOUNG)
SIGNED, NAMED = seen("s", YOUNG, "0123456789abcdef"), seen("n", YOUNG, named_identity("shop/shop"))
ROWS = (
    Row("nothing was noted", (A, B), whole="ba"),
    Row("a creation was cut off", (A, B), left="a", whole="b", cut_off=(OLD,)),
    Row("two were, the youngest first", (A, B), left="ba", cut_off=(OLD, YOUNG)),
    Row("what this process made", (A, B), left="a", own=("b",), cut_off=(OLD, YOUNG)),
    Row("what the engine knows, by any name", (A, B), left="b", known=("a",), cut_off=(OLD, YOUNG)),
    Row("never finished", (seen("u", YOUNG, complete=False),), left="u"),
    Row("never finished, and known", (seen("u", YOUNG, complete=False),), known=("u",)),
    Row("never finished, older than the known one", (seen("u", OLD, complete=False), seen("l", LIVE)), known=("l",)),
    Row("older than the known one: its old half, or retained", (A, seen("l", LIVE)), known=("l",)),
    Row("younger than the known one", (A, seen("l", LIVE), B), whole="b", known=("l",)),
    Row("as old is not younger", (seen("l", LIVE), seen("t", LIVE)), known=("l",)),
    Row("the youngest known one decides", (A, seen("l", LIVE), B), known=("a", "b")),
    Row("proof does without age", (A, seen("l", LIVE)), left="a", known=("l",), cut_off=(OLD,)),
    Row("beside one of our own engine", (seen("l", "0" * 32), B), known=("l",)),
    Row("proof beside one of our own engine", (seen("l", "0" * 32), B), left="b", known=("l",), cut_off=(YOUNG,)),
    Row("one of our own engine comes last", (seen("e", "0" * 32), A, B), whole="bae"),
    Row("one with a shorter operation is not ours", (seen("e", "p" * 31), A), whole="ae"),
    Row("one with another letter is not ours", (seen("e", "q" + "f" * 31), A), whole="ae"),
    Row("a copy", (A, seen("c", OLD, displaced=True)), whole="a"),
    Row("a copy of what was cut off", (A, seen("c", OLD, displaced=True)), left="a", cut_off=(OLD,)),
    Row("of a state of ours", (SIGNED, NAMED), whole="n"),
    Row("of a state of ours, cut off or not", (SIGNED, NAMED), left="n", cut_off=(YOUNG,)),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_who_is_left_and_who_is_of_unknown_origin(row: Row) -> None:
    found = unspoken(row.objects, row.known, row.own, row.cut_off)
    assert ("".join(each.id for each in found.left), "".join(each.id for each in found.whole)) == (row.left, row.whole)


def test_operations_sort_by_time() -> None:
    made = [new_operation() for _ in range(50)]
    assert made == sorted(made) and len(set(made)) == 50 and {len(each) for each in made} == {32}


def test_an_operation_tells_its_time_in_ours() -> None:
    before = time.time_ns()
    made = new_operation()
    assert made[0] == "p" and before <= int(made[1:17], 16) <= time.time_ns()
    assert len({new_operation()[17:] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("disks", 0, "size"), "disks[0].size"),
        (("labels", "a.b"), 'labels["a.b"]'),
        (("labels", 'a"b\\'), 'labels["a\\"b\\\\"]'),
        ((0, "x"), "[0].x"),
        (("labels", ""), 'labels[""]'),
    ],
)
def test_property_paths(path: tuple[str | int, ...], text: str) -> None:
    assert property_path(path) == text


def test_a_place_is_one_of_our_kinds() -> None:
    assert Place.of(DATA).stack == "shop/prod"
    for wrong in ("data", DATA.replace("Volume", "Volumes"), DATA.replace("virtwright", "docker")):
        with pytest.raises(InputError):
            Place.of(wrong)


@pytest.mark.parametrize("allowed", ["data", "volumes.data", DATA, "other, volumes.data", "other data"])
def test_data_may_be_lost_where_it_is_named(allowed: str) -> None:
    check_loss(Place.of(DATA), "deleted", {LOSS: allowed})


@pytest.mark.parametrize("allowed", ["", "dat", "volumes", "*", "backup"])
def test_data_may_not_be_lost_otherwise(allowed: str) -> None:
    with pytest.raises(RefusedError, match="would be lost: it would be deleted") as caught:
        check_loss(Place.of(DATA), "deleted", {LOSS: allowed})
    assert caught.value.hint is not None and f"{LOSS}=volumes.data pulumi up" in caught.value.hint


@pytest.mark.parametrize("said", ["data", "volumes.data", DATA, "*", "web, data"])
def test_what_is_there_is_taken_over_where_it_is_named(said: str) -> None:
    assert takes_over(Place.of(DATA), {TAKE_OVER: said}) and not takes_over(Place.of(BACK), {TAKE_OVER: "data"})


@pytest.mark.parametrize("said", ["", "dat", "volumes", "backup", "volumes.*"])
def test_what_is_there_is_left_alone_otherwise(said: str) -> None:
    assert not takes_over(Place.of(DATA), {TAKE_OVER: said})


def test_what_holds_no_data_may_go() -> None:
    check_loss(Place.of(BACK), "deleted", {})


def test_configuration_comes_structured_or_as_json_text() -> None:
    plain = {"uri": "qemu+ssh://kvm1/system", "ssh": {"port": 22}, "max_parallel": 4, "version": "0.1.0"}
    texts = {"uri": "qemu+ssh://kvm1/system", "ssh": '{"port": 22}', "max_parallel": "4", "version": "0.1.0"}
    assert configuration.normalised(plain) == configuration.normalised(texts)
    variables = {f"virtwright:config:{name}": str(value) for name, value in texts.items()}
    assert configuration.to_host({}, variables) == configuration.to_host(plain, {})
    assert configuration.changed(plain, texts) == []


def test_passwords_in_the_configuration_become_secrets() -> None:
    made = configuration.normalised({"uri": "qemu+ssh://kvm1/system", "ssh": {"password": "hunter2"}})
    assert made["ssh"]["password"] == Secret("hunter2")


def test_unknown_configuration_stays_unknown() -> None:
    assert configuration.normalised({"uri": UNKNOWN})["uri"] is UNKNOWN


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ("qemu+ssh://root@kvm1/system", "qemu+ssh://admin@kvm1/system", False),
        ("qemu+ssh://root@kvm1/system", "qemu+ssh://root@kvm2/system", True),
        ("qemu+ssh://kvm1:22/system", "qemu+ssh://kvm1:2222/system", True),
        ("namespace:///a", "namespace:///b", True),
    ],
)
def test_another_host_is_another_provider(before: str, after: str, moves: bool) -> None:
    assert configuration.moves({"uri": before}, {"uri": after}) is moves
    assert configuration.changed({"uri": before}, {"uri": after}) == [("uri",)]
