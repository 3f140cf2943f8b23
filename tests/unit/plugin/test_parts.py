"""The plugin's pure parts."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from virtwright.errors import InputError, RefusedError
from virtwright.plugin import configuration
from virtwright.plugin.adoption import left_over, new_operation
from virtwright.plugin.losses import VARIABLE, check_loss
from virtwright.plugin.place import Place
from virtwright.plugin.property_path import property_path
from virtwright.providers.base import Stamp, named_identity
from virtwright.schemas.values import UNKNOWN, Secret

DATA = "urn:pulumi:prod::shop::virtwright:index:Volume::data"
BACK = "urn:pulumi:prod::shop::virtwright:index:Network::back"


def seen(id: str, operation: str, identity: str = "") -> Any:
    return SimpleNamespace(id=id, stamp=Stamp("shop/shop", "urn", operation, "", identity))


def ids(objects: list[Any], known: set[str], own: frozenset[str] = frozenset()) -> list[str]:
    return [each.id for each in left_over(objects, known, own)]


def test_operations_sort_by_time() -> None:
    made = [new_operation() for _ in range(50)]
    assert made == sorted(made) and len(set(made)) == 50 and {len(each) for each in made} == {32}


def test_what_the_engine_never_heard_of_is_left_over() -> None:
    first, second = seen("a", new_operation()), seen("b", new_operation())
    assert ids([first, second], set()) == ["b", "a"]
    assert ids([first, second], set(), frozenset({"b"})) == ["a"]


def test_beside_a_known_object_only_a_younger_one_is_left_over() -> None:
    old, live, young = (seen(id, new_operation()) for id in ("old", "live", "young"))
    assert ids([old, live, young], {"live"}) == ["young"]
    assert ids([old, live], {"live"}) == []


def test_beside_an_object_of_our_own_engine_nothing_is_taken_for_left_over() -> None:
    assert ids([seen("live", "0" * 32), seen("young", new_operation())], {"live"}) == []


@pytest.mark.parametrize("foreign", ["0" * 32, "p" * 31, "p" * 33, "q" + "f" * 31, ""])
def test_what_our_own_engine_made_is_left_over_after_all_else(foreign: str) -> None:
    first, second = seen("first", new_operation()), seen("second", new_operation())
    assert ids([seen("engine", foreign), first, second], set()) == ["second", "first", "engine"]
    assert ids([seen("live", first.stamp.operation), seen("engine", foreign), second], {"live"}) == ["second"]
    known = [seen("live", first.stamp.operation), seen("engine", foreign), second]
    assert ids(known, {"live", "engine"}) == [], "whose operations do not tell their age"


def test_what_a_state_of_ours_made_is_not_left_over() -> None:
    signed = seen("signed", new_operation(), "0123456789abcdef")
    named = seen("named", new_operation(), named_identity("shop/shop"))
    assert ids([signed, named], set()) == ["named"]


def test_of_several_known_objects_the_youngest_decides() -> None:
    old, between, live, young = (seen(id, new_operation()) for id in ("old", "between", "live", "young"))
    everything = [young, between, live, old]
    assert ids(everything, {"live", "old"}) == ["young"]
    assert ids(everything, {"old"}) == ["young", "live", "between"]
    assert ids(everything, {"young"}) == []
    assert ids([live, seen("twin", live.stamp.operation)], {"live"}) == [], "as old is not younger"


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
    check_loss(Place.of(DATA), "deleted", {VARIABLE: allowed})


@pytest.mark.parametrize("allowed", ["", "dat", "volumes", "*", "backup"])
def test_data_may_not_be_lost_otherwise(allowed: str) -> None:
    with pytest.raises(RefusedError, match="would be lost: it would be deleted") as caught:
        check_loss(Place.of(DATA), "deleted", {VARIABLE: allowed})
    assert caught.value.hint is not None and f"{VARIABLE}=volumes.data pulumi up" in caught.value.hint


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
