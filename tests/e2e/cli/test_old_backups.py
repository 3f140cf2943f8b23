"""A state is restored from a backup that is older than a host of its stack, typed."""

import shutil

import pytest
from tests.e2e.cli.conftest import Shop

BEFORE = """\
stack: shop
hosts:
  first: {uri: "fake://two"}
networks:
  front: {cidr: 10.41.0.0/24}
"""
"""The stack's file when the backup was made."""
SINCE = """\
  here: {uri: "fake://one"}
networks:
  front: {cidr: 10.41.0.0/24, host: first}
  back: {cidr: 10.40.0.0/24, host: here}
volumes:
  data: {size: 1GiB, host: here}
"""


@pytest.fixture
def restored(shop: Shop) -> Shop:
    """The state knows one host, and its stack has another one since."""
    shop.file.write_text(BEFORE)
    assert shop.type("apply", "--yes").code == 0
    home, backup = shop.folder.parent / "home", shop.folder.parent / "backup"
    shutil.copytree(home, backup)
    shop.file.write_text(BEFORE.partition("networks:")[0] + SINCE)
    assert shop.type("apply", "--yes").code == 0
    shutil.rmtree(home)
    shutil.copytree(backup, home)
    return shop


def test_a_destroy_asks_the_hosts_that_only_the_file_has(restored: Shop) -> None:
    shown = restored.type("plan", "--destroy")
    assert shown.code == 1 and "--allow-data-loss volumes.data" in shown.err, shown.err
    assert len(restored.world.objects("fake://one")) == 2
    assert restored.type("destroy", "--yes", "--allow-data-loss", "data").code == 0
    assert restored.world.objects("fake://one") == restored.world.objects("fake://two") == []
    assert "hosts.here" not in restored.type("state", "list").out


def test_so_does_a_saved_plan(restored: Shop) -> None:
    assert restored.type("plan", "--destroy", "--allow-data-loss", "data", "--out", "gone.json").code == 0
    done = restored.type("apply", "gone.json", "--yes")
    assert done.code == 0, done.err
    assert restored.world.objects("fake://one") == restored.world.objects("fake://two") == []


def test_without_the_file_what_the_state_knows_goes(restored: Shop) -> None:
    restored.file.write_text("stack: shop\nhosts: [")
    left = restored.world.objects("fake://one")
    done = restored.type("destroy", "--yes", "--stack", "shop/shop")
    assert done.code == 0, done.err
    assert restored.world.objects("fake://two") == [] and restored.world.objects("fake://one") == left


def test_a_file_that_is_wrong_is_told(restored: Shop) -> None:
    restored.edit("size: 1GiB", "size: wide")
    done = restored.type("destroy", "--yes")
    assert done.code == 0 and "hosts that it names and the state does not know are not asked" in done.err, done.err
    assert restored.world.objects("fake://two") == [] and len(restored.world.objects("fake://one")) == 2


def test_a_host_that_can_not_be_asked_is_told(restored: Shop) -> None:
    restored.edit("fake://one", "nowhere://one")
    done = restored.type("destroy", "--yes")
    assert done.code == 0 and "the host here" in done.err and "was not asked" in done.err, done.err
    assert restored.world.objects("fake://two") == []
