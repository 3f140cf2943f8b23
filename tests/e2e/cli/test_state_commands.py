"""``state``, ``config`` and ``host``, typed."""

import io
import json
import stat
import sys
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import PASSWORD, Shop


def test_list_names_everything(applied: Shop) -> None:
    out = applied.type("state", "list").out
    for name in ("networks.back", "volumes.data", "vms.db", "containers.web", "hosts.here"):
        assert name in out
    names = [each["name"] for each in json.loads(applied.type("state", "list", "--json").out)]
    assert "vms.db" in names


def test_show_is_the_same_as_show(applied: Shop) -> None:
    assert applied.type("state", "show", "db").out == applied.type("show", "db").out


def test_history_lists_runs_and_their_operations(applied: Shop) -> None:
    [run] = json.loads(applied.type("state", "history", "--json").out)
    assert run["command"] == "apply"
    assert run["result"] == "succeeded"
    assert run["summary"]["create"] == 4
    assert "4 created" in applied.type("state", "history").out
    operations = applied.type("state", "history", "--run", run["id"]).out
    assert operations.count("create") == 4


def test_forget_leaves_the_object_on_the_host(applied: Shop) -> None:
    answer = applied.type("state", "forget", "web", "--yes")
    assert answer.code == 0, answer.err
    assert "The state will forget containers.web. The hosts keep them, unmanaged." in answer.err
    assert "containers.web" not in applied.type("state", "list").out
    assert "web" in applied.world.names()
    history = json.loads(applied.type("state", "history", "--json").out)
    assert history[0]["command"] == "state forget"


def test_a_stack_that_was_destroyed_is_removed_and_no_other(applied: Shop) -> None:
    assert applied.type("apply", "--stack", "mr-12", "--yes").code == 0
    refused = applied.type("state", "remove", "--stack", "mr-12", "--yes")
    assert refused.code == 1 and "virtwright destroy --stack shop/mr-12" in refused.err
    assert applied.type("destroy", "--stack", "mr-12", "--yes", "--allow-data-loss", "data").code == 0
    assert "consent" in applied.type("state", "remove", "--stack", "mr-12").err
    assert "mr-12" in applied.type("state", "list", "--stacks").out
    removed = applied.type("state", "remove", "--stack", "mr-12", "--yes")
    assert removed.code == 0, removed.err
    assert json.loads(applied.type("state", "list", "--stacks", "--json").out) == ["shop/shop"]
    assert "there is no state of a stack shop/mr-12" in applied.type("state", "remove", "--stack", "mr-12", "--yes").err
    assert "No changes" in applied.type("plan").out


def test_what_others_need_is_not_forgotten_alone(applied: Shop) -> None:
    answer = applied.type("state", "forget", "back", "--yes")
    assert answer.code == 1
    assert "needs networks.back" in answer.err
    assert applied.type("state", "forget", "back", "db", "web", "--yes").code == 0


def test_a_change_needs_consent(applied: Shop) -> None:
    for words in (("forget", "web"), ("move", "web", "shop"), ("unlock",)):
        answer = applied.type("state", *words, "--json")
        assert answer.code == (0 if words == ("unlock",) else 1)
    assert "containers.web" in applied.type("state", "list").out


def test_move_renames_and_the_stack_with_the_new_name_has_no_changes(applied: Shop) -> None:
    answer = applied.type("state", "move", "vms.db", "vms.database", "--yes")
    assert answer.code == 0, answer.err
    applied.edit("\n  db:\n", "\n  database:\n")
    applied.edit("${vms.db.name}", "${vms.database.name}")
    shown = json.loads(applied.type("show", "web", "--json").out)
    assert "vms.database" in shown["dependencies"]
    plan = applied.type("plan").out
    assert "delete" not in plan
    assert "create" not in plan


def test_a_move_to_a_name_that_is_taken_or_no_name_is_refused(applied: Shop) -> None:
    assert "already" in applied.type("state", "move", "web", "web", "--yes").err
    assert "no name" in applied.type("state", "move", "web", "vms.web", "--yes").err


def test_export_and_import_bring_the_state_back(applied: Shop) -> None:
    assert applied.type("state", "export", "--out", "state.json").code == 0
    file = applied.folder / "state.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSWORD not in file.read_text(encoding="utf-8")
    assert applied.type("state", "export").out == file.read_text(encoding="utf-8")
    assert applied.type("state", "forget", "web", "--yes").code == 0
    answer = applied.type("state", "import", "state.json", "--yes")
    assert answer.code == 0, answer.err
    assert "Imported 5 resources." in answer.err
    assert applied.type("plan", "--exit-code").code == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stack": {"project": "shop", "name": "shop"}}', "[" * 100_000])
def test_what_is_no_state_is_not_imported(applied: Shop, text: str) -> None:
    (applied.folder / "bad.json").write_text(text, encoding="utf-8")
    assert applied.type("state", "import", "bad.json", "--yes").code == 1
    assert applied.type("plan", "--exit-code").code == 0


def test_recover_rebuilds_a_lost_state(applied: Shop) -> None:
    names = ("back", "data", "db", "web")
    assert applied.type("state", "forget", *names, "hosts.here", "--yes").code == 0
    answer = applied.type("state", "recover")
    assert answer.code == 0, answer.err
    assert "• vms.db adopted: its stamp" in answer.out
    assert applied.type("plan", "--exit-code").code == 0


def test_unlock_with_nobody_there_does_nothing(applied: Shop) -> None:
    assert applied.type("state", "unlock").err == "Nobody holds the lease.\n"


def test_unlock_shows_the_holder_and_takes_the_lease_away(applied: Shop) -> None:
    from virtwright.engine.state.store import StateStore
    from virtwright.stacks.base import StackName
    from virtwright.stacks.keys import Keys

    with (
        StateStore.open(None, Keys()) as store,
        store.stack(StackName("shop", "shop")).acquire(holder="ann@build \x1b[2J", wait=1),
    ):
        waited = applied.type("apply", "--yes", "--lease-wait", "0")
        assert waited.code == 1
        assert "ann@build" in waited.err
        answer = applied.type("state", "unlock", "--yes")
        assert "ann@build \\x1b[2J has held the lease since" in answer.err
        assert applied.type("apply", "--yes", "--lease-wait", "0").code == 0


def test_config_values_are_set_listed_read_and_removed(shop: Shop) -> None:
    assert shop.type("config", "set", "replicas", "5").code == 0
    assert shop.type("config", "get", "replicas").out == "5\n"
    assert json.loads(shop.type("config", "list", "--json").out)["replicas"]["value"] == 5
    assert shop.type("config", "remove", "replicas").code == 0
    assert shop.type("config", "get", "replicas").out == "2\n"
    assert "expected a whole number" in shop.type("config", "set", "replicas", "many").err


def test_a_secret_is_read_from_standard_input_encrypted_and_masked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("s3cret-s3cret\n"))
    monkeypatch.delenv("VIRTWRIGHT_CONFIG_DB_PASSWORD")
    answer = shop.type("config", "set", "--secret", "db_password")
    assert answer.code == 0, answer.err
    files = "".join(path.read_text(encoding="utf-8") for path in shop.folder.glob("*.yaml"))
    assert "s3cret" not in files + answer.out + answer.err
    assert shop.type("config", "get", "db_password").out == "[secret]\n"
    assert shop.type("config", "get", "db_password", "--show-secrets").out == "s3cret-s3cret\n"
    assert "s3cret" not in shop.type("config", "list").out


def test_a_key_that_is_not_declared_has_a_near_name(shop: Shop) -> None:
    answer = shop.type("config", "set", "replica", "1")
    assert answer.code == 1
    assert "did you mean replicas?" in answer.err


def test_host_list_and_check(shop: Shop) -> None:
    assert "fake://one" in shop.type("host", "list").out
    answer = shop.type("host", "check", "here")
    assert answer.code == 1
    assert "✓ fake" in answer.out
    assert "✗ kernel" in answer.out
    assert "apt upgrade" in answer.out
    [report] = json.loads(shop.type("host", "check", "--json").out)
    assert report["well"] is False
    assert "did you mean here?" in shop.type("host", "check", "her").err


def test_a_host_that_nobody_serves_is_reported(shop: Shop) -> None:
    shop.edit("fake://one", "nowhere://one")
    answer = shop.type("host", "check")
    assert answer.code == 1
    assert "no provider serves the URI scheme 'nowhere'" in answer.out


def test_hosts_come_from_the_state_where_there_is_no_file(applied: Shop) -> None:
    applied.file.unlink()
    assert "fake://one" in applied.type("host", "list").out


@pytest.mark.parametrize(
    "words",
    [
        "state list",
        "state history",
        "state list --json",
        "state list --stacks",
        "state copy other.db --all",
        "status",
        "show web",
    ],
)
def test_what_only_reads_makes_no_state(shop: Shop, tmp_path: Path, words: str) -> None:
    place = tmp_path / "none" / "state.db"
    answer = shop.type("--state", str(place), *words.split())
    assert answer.code == 1 and f"there is no state at {place}" in answer.err, answer.err
    assert not place.parent.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("plan", ""),
        ("host list", ""),
        ("host list fake://one", "There is no state at"),
        ("host gc fake://one", "There is no state at"),
        ("destroy --yes", "there is no stack shop"),
        ("refresh", "there is no state of a stack shop"),
        ("state import missing.json --yes", "can't read the file"),
    ],
)
def test_nor_does_what_needs_none(shop: Shop, tmp_path: Path, words: str, told: str) -> None:
    place = tmp_path / "none" / "state.db"
    answer = shop.type("--state", str(place), *words.split())
    assert told in answer.err, answer.err
    assert not place.parent.exists()
