"""A state on its way to Pulumi and back, typed."""

import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from tests.e2e.cli.conftest import PASSWORD, Shop
from tests.pulumi_facts import verify


@pytest.fixture
def document(applied: Shop) -> dict[str, Any]:
    answer = applied.type("state", "export", "--pulumi", "--out", "deployment.json")
    assert answer.code == 0, answer.err
    told: dict[str, Any] = json.loads((applied.folder / "deployment.json").read_text(encoding="utf-8"))
    return told


def as_pulumi_keeps_it(document: dict[str, Any]) -> bytes:
    """The checkpoint that a file backend holds after an update by Pulumi itself."""
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    latest = {**document["deployment"], "manifest": manifest, "metadata": {}}
    checkpoint = {"stack": "organization/shop/shop", "latest": latest}
    return json.dumps({"version": document["version"], "checkpoint": checkpoint}, separators=(",", ":")).encode()


def backend(folder: Path, document: dict[str, Any], name: str = "shop/shop.json", pack: Any = bytes) -> Path:
    file = folder / ".pulumi" / "stacks" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    (folder / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    file.write_bytes(pack(as_pulumi_keeps_it(document)))
    file.with_name(f"{file.name}.bak").write_bytes(b"{}")
    return file


def test_what_is_exported_is_pulumis_form_and_comes_back_without_changes(
    applied: Shop, document: dict[str, Any]
) -> None:
    file = applied.folder / "deployment.json"
    verify(document)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and PASSWORD not in file.read_text(encoding="utf-8")
    assert applied.type("state", "export", "--pulumi").out == file.read_text(encoding="utf-8")
    assert applied.type("state", "forget", "web", "--yes").code == 0
    answer = applied.type("state", "import", "--pulumi", "deployment.json", "--yes")
    assert answer.code == 0, answer.err
    assert "Imported 5 resources." in answer.err
    assert applied.type("plan", "--exit-code").code == 0
    assert applied.type("output", "password", "--show-secrets").out.strip() == PASSWORD


@pytest.mark.parametrize(
    ("name", "pack"),
    [("shop/shop.json", bytes), ("shop/shop.json.gz", gzip.compress), ("shop/shop.json.zst", zstd.compress), ("shop.json", bytes)],
    ids=["plain", "gzip", "zstd", "before projects"],
)  # fmt: skip
def test_a_folder_of_pulumi_is_read(applied: Shop, document: dict[str, Any], name: str, pack: Any) -> None:
    backend(applied.folder / "backend", document, name, pack)
    for source in (f"file://{applied.folder / 'backend'}", "backend/.pulumi"):
        answer = applied.type("state", "import", "--pulumi", source, "--yes")
        assert answer.code == 0, answer.err
    assert applied.type("plan", "--exit-code").code == 0


def test_of_several_stacks_in_a_folder_one_is_named(applied: Shop, document: dict[str, Any]) -> None:
    backend(applied.folder / "backend", document)
    other = json.loads(json.dumps(document).replace("urn:pulumi:shop::", "urn:pulumi:prod::"))
    backend(applied.folder / "backend", other, "shop/prod.json.gz", gzip.compress)
    answer = applied.type("state", "import", "--pulumi", "backend", "--yes")
    assert answer.code == 1 and "--stack shop/prod" in answer.err and "--stack shop/shop" in answer.err
    assert applied.type("state", "import", "--pulumi", "backend", "--stack", "shop/prod", "--yes").code == 0
    assert json.loads(applied.type("state", "list", "--stacks", "--json").out) == ["shop/prod", "shop/shop"]


def test_a_stack_on_which_pulumi_is_at_work_is_left_alone(applied: Shop, document: dict[str, Any]) -> None:
    backend(applied.folder / "backend", document)
    lock = applied.folder / "backend" / ".pulumi" / "locks" / "organization" / "shop" / "shop" / "1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    answer = applied.type("state", "import", "--pulumi", "backend", "--yes")
    assert answer.code == 1 and "Pulumi is at work on shop" in answer.err and "pulumi cancel" in answer.err


def test_the_passphrase_of_pulumi_may_be_another_one(applied: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (applied.folder / "words").write_text("correct horse\n")
    options = ("--pulumi", "--passphrase-file", "words")
    assert applied.type("state", "export", *options, "--out", "d.json").code == 0
    wrong = applied.type("state", "import", "--pulumi", "d.json", "--yes")
    assert wrong.code == 1 and "the passphrase is not the one" in wrong.err
    assert "--passphrase-file" in wrong.err
    assert applied.type("state", "import", *options, "d.json", "--yes").code == 0
    monkeypatch.setenv("VIRTWRIGHT_PASSPHRASE", (applied.folder.parent / "home" / "key").read_text().strip())
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
    assert applied.type("state", "import", "--pulumi", "d.json", "--yes").code == 0
    assert applied.type("plan", "--exit-code").code == 0


def test_a_failed_import_leaves_no_stack_that_was_not_there(applied: Shop, document: dict[str, Any]) -> None:
    text = json.dumps(document).replace("urn:pulumi:shop::", "urn:pulumi:prod::")
    (applied.folder / "prod.json").write_text(text)
    answer = applied.type("state", "import", "--pulumi", "prod.json", "--yes")
    assert answer.code == 1 and "was changed after virtwright had exported it" in answer.err
    assert json.loads(applied.type("state", "list", "--stacks", "--json").out) == ["shop/shop"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 3}', '{"version": 3, "deployment": {}}', '{"version": 3, "deployment": []}',
     '{"version": true, "deployment": {}}', "[" * 100_000, '{"version": 3, "deployment": "\\ud800"}',
     '{"version": 3, "deployment": NaN}',
     '{"version": 3, "deployment": {"manifest": {"time": "", "magic": "", "version": ""}}}'],
)  # fmt: skip
def test_what_is_no_deployment_is_not_imported(applied: Shop, text: str) -> None:
    (applied.folder / "bad.json").write_text(text, encoding="utf-8")
    answer = applied.type("state", "import", "--pulumi", "bad.json", "--yes")
    assert answer.code == 1 and "bug" not in answer.err and "Traceback" not in answer.err
    assert applied.type("plan", "--exit-code").code == 0


@pytest.mark.parametrize("name", ["", "empty", "stacks", "damaged", "none yet"])
def test_what_is_no_folder_of_pulumi_is_told(applied: Shop, document: dict[str, Any], name: str) -> None:
    folder = applied.folder / "backend"
    file = backend(folder, document)
    match name:
        case "":
            folder = applied.folder
        case "empty" | "stacks":
            for each in file.parent.iterdir():
                each.unlink()
        case "damaged":
            file.rename(file.with_name("shop.json.gz"))
            file.with_name("shop.json.gz").write_bytes(
                gzip.compress(file.read_bytes() if file.exists() else b"x" * 99)[:-9]
            )
        case "none yet":
            file.write_text('{"version": 3, "checkpoint": {"stack": "organization/shop/shop"}}')
    answer = applied.type("state", "import", "--pulumi", str(folder), "--yes")
    assert (answer.code == 1 and "backend" in answer.err) or "shop" in answer.err
    assert "Traceback" not in answer.err and "bug" not in answer.err


def test_the_passphrase_option_goes_with_pulumis_form_only(applied: Shop) -> None:
    for command in ("export", "import x.json"):
        answer = applied.type("state", *command.split(), "--passphrase-file", "words")
        assert answer.code == 1 and "--passphrase-file goes with --pulumi" in answer.err
