"""``host gc`` on a fake host."""

import json
from dataclasses import replace
from typing import Any

from tests.e2e.cli.conftest import Shop
from tests.fake_provider import FakeObject


def _leave_behind(shop: Shop) -> None:
    """Its state is lost."""
    for path in (shop.folder.parent / "home").glob("state.db*"):
        if path.is_file():
            path.unlink()


def test_nothing_is_left_by_stacks_that_the_state_knows(applied: Shop) -> None:
    answer = applied.type("host", "gc")
    assert (answer.code, "Nothing" in answer.out) == (0, True)
    refused = applied.type("host", "gc", "--remove", "shop/shop", "--yes")
    assert refused.code == 1 and "virtwright destroy --stack shop/shop" in refused.err


def test_what_a_lost_stack_left_is_shown_and_stays(applied: Shop) -> None:
    _leave_behind(applied)
    before = len(applied.world.objects())
    shown = json.loads(applied.type("host", "gc", "--json").out)
    assert [each["resource"] for each in shown] == ["containers.web", "vms.db", "volumes.data", "networks.back"]
    assert {each["stack"] for each in shown} == {"shop/shop"}
    assert "volumes.data" in applied.type("host", "gc", "fake://one").out
    assert len(applied.world.objects()) == before > 0


def test_it_is_removed_when_it_is_named_and_data_only_when_that_is_named_too(applied: Shop) -> None:
    _leave_behind(applied)
    before = len(applied.world.objects())
    refused = applied.type("host", "gc", "--remove", "shop/shop", "--yes")
    assert refused.code == 1 and "--allow-data-loss volumes.data" in refused.err
    assert "no stack 'shop/other' left anything" in applied.type("host", "gc", "--remove", "shop/other", "--yes").err
    assert "consent" in applied.type("host", "gc", "--remove", "shop/shop", "--allow-data-loss", "data").err
    assert len(applied.world.objects()) == before
    done = applied.type("host", "gc", "--remove", "shop/shop", "--allow-data-loss", "data", "--yes")
    assert done.code == 0 and "removed volumes.data of shop/shop" in done.out
    assert applied.world.objects() == []


def test_a_host_that_answers_at_another_uri_too_is_known_by_its_objects(applied: Shop) -> None:
    answer = applied.type("host", "gc", "fake://alias/one")
    assert answer.code == 0 and "Nothing" in answer.out
    assert "fake://alias/one is the host that the state has at fake://one" in answer.err
    refused = applied.type("host", "gc", "fake://alias/one", "--remove", "shop/shop", "--yes")
    assert refused.code == 1 and "virtwright destroy --stack shop/shop" in refused.err
    applied.edit("memory: 512MiB", "memory: 1GiB")
    assert applied.type("apply", "--yes").code == 0, "an update writes another operation into the stamp"
    assert "Nothing" in applied.type("host", "gc", "fake://alias/one").out


def test_a_lost_host_that_comes_back_is_not_taken_for_the_one_in_its_place(applied: Shop) -> None:
    for item in applied.world.objects():
        applied.world.put("fake://old/lost", item)
        applied.world.drop("fake://one", item.id)
    assert applied.type("apply", "--yes", "--allow-data-loss", "data").code == 0
    answer = applied.type("host", "gc", "fake://old/lost")
    assert "containers.web" in answer.out and "The state has shop/shop at fake://one" in answer.err


def test_of_copies_alone_it_is_not_said_that_they_are_in_use(applied: Shop) -> None:
    old = applied.world.find("web")
    for item in applied.world.objects():
        applied.world.drop("fake://one", item.id)
    assert applied.type("apply", "--yes", "--allow-data-loss", "data").code == 0
    applied.world.put("fake://old/lost", replace(old, id="twin", stamped="twin"))
    answer = applied.type("host", "gc", "fake://old/lost")
    assert "nobody's, its stamp was copied" in answer.out and "leave it" not in answer.err


def _copy(shop: Shop, of: str, **changes: Any) -> FakeObject:
    """Another object on the host, made from one of the stack's."""
    item = shop.world.find(of)
    other = replace(item, **{"id": f"{item.id}-2", "stamped": "", **changes})
    shop.world.put("fake://one", other)
    return other


def test_what_no_record_knows_is_shown_also_where_the_state_has_the_stack(applied: Shop) -> None:
    left = _copy(applied, "web", stamp=replace(applied.world.find("web").stamp, operation="e" * 32))
    theirs = _copy(applied, "db", stamp=replace(applied.world.find("db").stamp, identity="fedcba9876543210"))
    shown = {each["id"]: each for each in json.loads(applied.type("host", "gc", "--json").out)}
    assert shown.keys() == {left.id, theirs.id}
    assert shown[left.id]["whose"] == "this state's, in no record" and shown[left.id]["stack"] == "shop/shop"
    assert shown[theirs.id]["whose"] == "another state's" and shown[theirs.id]["identity"] == "fedcba9876543210"
    refused = applied.type("host", "gc", "--remove", "shop/shop", "--yes")
    assert refused.code == 1 and "--remove shop/shop@fedcba9876543210" in refused.err
    done = applied.type("host", "gc", "--remove", left.id, "--yes")
    assert done.code == 0 and "removed containers.web of shop/shop" in done.out
    for name in ("shop/shop", "vms.db"):
        refused = applied.type("host", "gc", "--remove", name, "--yes")
        assert refused.code == 1 and "another state has of a stack of this name" in refused.err
        assert "--remove shop/shop@fedcba9876543210" in refused.err
    assert applied.world.get("fake://one", left.id) is None and applied.world.get("fake://one", theirs.id) is not None
    assert applied.type("host", "gc", "--remove", "shop/shop@fedcba9876543210", "--yes").code == 0
    assert "No changes" in applied.type("plan").out and "Nothing" in applied.type("host", "gc").out


def test_what_is_left_is_stopped_by_name_and_data_can_not_be(applied: Shop) -> None:
    left, data = _copy(applied, "web"), _copy(applied, "data", name="other")
    refused = applied.type("host", "gc", "--stop", left.id, "--stop", data.id, "--yes")
    assert refused.code == 1 and "volumes.data can't be stopped" in refused.err
    assert not applied.world.get("fake://one", left.id).broken  # type: ignore[union-attr]
    assert applied.type("host", "gc", "--stop", left.id).code == 1, "nobody agreed"
    done = applied.type("host", "gc", "--stop", left.id, "--yes")
    assert done.code == 0 and "stopped containers.web of shop/shop" in done.out
    assert applied.world.get("fake://one", left.id).broken  # type: ignore[union-attr]
    assert not applied.world.find("db").broken and "No changes" in applied.type("plan").out
    both = applied.type("host", "gc", "--stop", left.id, "--remove", data.id, "--allow-data-loss", data.id, "--yes")
    assert both.code == 0 and applied.world.get("fake://one", data.id) is None


def test_a_host_that_was_copied_and_has_an_id_of_its_own_is_another_one(applied: Shop) -> None:
    applied.world.tell("fake://one", machine="first")
    assert applied.type("apply", "--yes").code == 0
    for item in applied.world.objects():
        applied.world.put("fake://clone", item)
    applied.world.tell("fake://clone", machine="first")
    same = applied.type("host", "gc", "fake://clone")
    assert "Nothing" in same.out and "is the host that the state has" in same.err, "nothing tells it from the first one"
    applied.world.tell("fake://clone", machine="second")
    other = applied.type("host", "gc", "fake://clone")
    assert "containers.web" in other.out and other.err == ""
    removed = applied.type("host", "gc", "fake://clone", "--remove", "shop/shop", "--allow-data-loss", "data", "--yes")
    assert removed.code == 0 and applied.world.objects("fake://clone") == []
    assert len(applied.world.objects()) == 4 and "No changes" in applied.type("plan").out


def test_all_that_is_on_a_host_is_listed_with_whose_it_is(applied: Shop) -> None:
    left = _copy(applied, "web", stamp=replace(applied.world.find("web").stamp, operation="e" * 32))
    theirs = _copy(applied, "db", stamp=replace(applied.world.find("db").stamp, identity="fedcba9876543210"))
    nobodys = applied.world.add_foreign("Volume", "old", {"size": "1GiB"})
    blog = applied.folder / "blog.yaml"
    blog.write_text('stack: blog\nhosts: {here: {uri: "fake://one"}}\nnetworks: {front: {}}\n')
    assert applied.type("apply", "--yes", "blog.yaml").code == 0
    told = json.loads(applied.type("host", "list", "here", "--file", "shop.yaml", "--json").out)
    whose = {each["id"]: each["whose"] for each in told}
    assert len(whose) == len(told) == 8
    assert {whose[left.id], whose[theirs.id], whose[nobodys.id]} == {
        "this state's, in no record",
        "another state's",
        "nobody's",
    }
    assert {each["name"] for each in told if each["whose"] == "this stack's"} == {
        *("containers.web", "vms.db", "volumes.data", "networks.back")
    }
    assert [each["name"] for each in told if each["whose"] == "another stack's"] == ["networks.front"]
    table = applied.type("host", "list", "fake://one", "--file", "shop.yaml").out
    assert "WHOSE" in table and "nobody's" in table and "volumes: old" in table
    assert "fake://one" in applied.type("host", "list", "--file", "shop.yaml").out
    assert "Nothing is on this host" in applied.type("host", "list", "fake://empty").out


def test_a_lost_host_that_is_back_at_its_address_is_not_taken_for_the_living_one(applied: Shop) -> None:
    applied.world.tell("fake://one", machine="living")
    assert applied.type("apply", "--yes").code == 0
    for item in applied.world.objects():
        applied.world.drop("fake://one", item.id)
        applied.world.put("fake://one", replace(item, id=f"old-{item.id}", stamped=""))
    applied.world.tell("fake://one", machine="lost")
    before = applied.world.objects()
    for command in ("plan", "apply", "destroy"):
        words = ("--allow-data-loss", "data", *(() if command == "plan" else ("--yes",)))
        refused = applied.type(command, *words)
        assert refused.code == 1 and "another host than the one that the state has there" in refused.err, refused.err
    assert applied.world.objects() == before
    shown = json.loads(applied.type("host", "gc", "--json").out)
    assert len(shown) == len(before)
    cleared = applied.type("host", "gc", "--remove", "shop/shop", "--allow-data-loss", "data", "--yes")
    assert cleared.code == 0
    assert applied.type("apply", "--yes", "--allow-data-loss", "data").code == 0
    assert "No changes" in applied.type("plan").out
