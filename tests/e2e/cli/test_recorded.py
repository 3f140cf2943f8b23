"""A state, plan file, exports and stamps that were recorded of a virtwright from before stacks had identities are read and go on."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Final

import pytest
from tests.e2e.cli.conftest import Shop
from tests.fake_provider import FakeObject

RECORDED: Final = Path(__file__).parents[2] / "recorded" / "before_identities"
LOGS: Final = "  logs: {size: 1GiB}\nvms:\n"


def _lay(shop: Shop, name: str) -> list[str]:
    """Put the recorded state and host in the place of the shop's; returns the ids of what is there."""
    home = Path(shop.environment["VIRTWRIGHT_HOME"])
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    shutil.copy(RECORDED / "key", home / "key")
    (home / "key").chmod(0o600)
    with sqlite3.connect(home / "state.db") as database:
        database.executescript((RECORDED / f"{name}.sql").read_text())
    database.close()
    objects = json.loads((RECORDED / f"{name}.hosts.json").read_text())
    for each in objects:
        shop.world.put("fake://one", FakeObject.from_json(json.dumps(each)))
    shop.edit("cpus: 1", "cpus: 2")
    return sorted(each["id"] for each in objects)


def _ids(shop: Shop) -> list[str]:
    return sorted(each.id for each in shop.world.objects())


def _identity(shop: Shop) -> str:
    told: str = json.loads(shop.type("state", "export").out)["stack"]["identity"]
    return told


def test_a_state_goes_on_and_its_objects_get_the_identity_with_their_next_change(shop: Shop) -> None:
    ids = _lay(shop, "settled")
    assert "No changes: 4 unchanged" in shop.type("plan").out
    assert {each.stamp.identity for each in shop.world.objects()} == {""}
    shop.edit("cpus: 2", "cpus: 3")
    applied = shop.type("apply", "--yes")
    assert applied.code == 0 and "1 updated, 3 unchanged" in applied.out, applied.err
    assert _ids(shop) == ids and shop.world.find("db").stamp.identity == _identity(shop)
    assert "No changes: 4 unchanged" in shop.type("plan").out
    destroyed = shop.type("destroy", "--yes", "--allow-data-loss", "data")
    assert destroyed.code == 0 and _ids(shop) == [], destroyed.err


def test_what_a_killed_run_left_is_settled(shop: Shop) -> None:
    _lay(shop, "killed")
    shop.edit("vms:\n", LOGS)
    applied = shop.type("apply", "--yes")
    assert applied.code == 0, applied.err
    assert sorted(shop.world.names()) == ["back", "data", "db", "logs", "web"]
    assert all(each.complete for each in shop.world.objects())
    assert "No changes: 5 unchanged" in shop.type("plan").out


def test_a_saved_plan_is_carried_out(shop: Shop) -> None:
    ids = _lay(shop, "settled")
    shop.edit("cpus: 2", "cpus: 3")
    shutil.copy(RECORDED / "saved.plan", shop.folder / "saved.plan")
    applied = shop.type("apply", "saved.plan", "--yes")
    assert applied.code == 0 and "1 updated, 3 unchanged" in applied.out and _ids(shop) == ids, applied.err


@pytest.mark.parametrize("how", [("state.json",), ("--pulumi", "pulumi.json")])
def test_an_export_is_imported_and_goes_on(shop: Shop, how: tuple[str, ...]) -> None:
    ids = _lay(shop, "settled")
    Path(shop.environment["VIRTWRIGHT_HOME"], "state.db").unlink()
    for name in ("state.json", "pulumi.json"):
        shutil.copy(RECORDED / name, shop.folder / name)
    imported = shop.type("state", "import", *how, "--yes")
    assert imported.code == 0, imported.err
    assert "No changes: 4 unchanged" in shop.type("plan").out
    shop.edit("cpus: 2", "cpus: 3")
    applied = shop.type("apply", "--yes")
    assert applied.code == 0 and _ids(shop) == ids, applied.err


def test_a_lost_state_is_recovered_from_the_stamps(shop: Shop) -> None:
    ids = _lay(shop, "settled")
    Path(shop.environment["VIRTWRIGHT_HOME"], "state.db").unlink()
    recovered = shop.type("state", "recover", "--yes")
    assert recovered.code == 0, recovered.err
    assert "No changes: 4 unchanged" in shop.type("plan").out and _ids(shop) == ids


def test_another_state_does_not_take_them_for_its_own(shop: Shop) -> None:
    ids = _lay(shop, "settled")
    Path(shop.environment["VIRTWRIGHT_HOME"], "state.db").unlink()
    refused = shop.type("apply", "--yes")
    assert refused.code == 1 and "nothing proves that this state made it" in refused.err, refused.err
    assert _ids(shop) == ids
