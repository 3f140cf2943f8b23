"""``host gc`` on a fake host."""

import json

from tests.e2e.cli.conftest import Shop


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
    """Not even where what it had has the same names and ids."""
    for item in applied.world.objects():
        applied.world.put("fake://old/lost", item)
        applied.world.drop("fake://one", item.id)
    assert applied.type("apply", "--yes", "--allow-data-loss", "data").code == 0
    for item in applied.world.objects("fake://old/lost"):
        applied.world.drop("fake://old/lost", item.id)
        item.id = item.stamped = applied.world.find(item.stamp.urn.rsplit("::", 1)[-1]).id
        applied.world.put("fake://old/lost", item)
    answer = applied.type("host", "gc", "fake://old/lost")
    assert "containers.web" in answer.out and "The state has shop/shop at fake://one" in answer.err
