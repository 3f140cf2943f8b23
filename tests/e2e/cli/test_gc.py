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
