"""A stack that is checked out at another place, as in the jobs of a pipeline, is the same stack."""

import json
import shutil
from pathlib import Path

import pytest
from tests import git_lab
from tests.e2e.cli.conftest import Shop

FILES = """\
stack: files
hosts:
  here: {uri: "fake://one"}
images:
  base: {source: {archive: ../shared/base.tar}}
volumes:
  data: {size: 1GiB, source: {content: ./seed}}
  more: {size: 1GiB, source: {content: "."}}
containers:
  web: {image: host, files: [{path: /etc/web.conf, source: conf/web.conf}], volumes: [{volume: data, mount: /data}]}
"""


@pytest.fixture
def checkouts(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two of them; the first one is the current folder."""
    first, second = tmp_path / "first", tmp_path / "elsewhere" / "second"
    (first / "stack" / "seed").mkdir(parents=True)
    (first / "stack" / "conf").mkdir()
    (first / "shared").mkdir()
    (first / "shared" / "base.tar").write_text("image")
    (first / "stack" / "seed" / "rows").write_text("rows")
    (first / "stack" / "conf" / "web.conf").write_text("port 80")
    (first / "stack" / "stack.yaml").write_text(FILES, encoding="utf-8")
    git_lab.repository(first)
    shutil.copytree(first, second)
    monkeypatch.chdir(first / "stack")
    return first / "stack", second / "stack"


def test_another_checkout_has_no_changes(
    shop: Shop, checkouts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = shop.type("apply", "--yes")
    assert applied.code == 0, applied.err
    assert "source.content  seed" in applied.out and "source.archive  ../shared/base.tar" in applied.out
    content = shop.world.find("data").inputs["source"]["content"]
    assert content == str(checkouts[0] / "seed"), "the provider gets a path that it can open"
    monkeypatch.chdir(checkouts[1])
    assert shop.type("refresh").code == 0
    assert "No changes" in shop.type("plan", "--exit-code").out
    assert shop.type("apply", "--yes").code == 0
    monkeypatch.chdir(checkouts[0])
    assert shop.type("plan", "--exit-code").code == 0


def test_another_path_is_a_change_in_any_checkout(
    shop: Shop, checkouts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.type("apply", "--yes").code == 0
    monkeypatch.chdir(checkouts[1])
    stack = checkouts[1] / "stack.yaml"
    stack.write_text(FILES.replace("./seed", "conf"), encoding="utf-8")
    changed = shop.type("plan", "--allow-data-loss", "data")
    assert changed.code == 0 and "source.content  seed → conf" in changed.out


def test_what_is_on_the_hosts_is_known_in_another_checkout_when_the_state_is_lost(
    shop: Shop, checkouts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.type("apply", "--yes").code == 0
    for path in (shop.folder.parent / "home").glob("state.db*"):
        if path.is_file():
            path.unlink()
    monkeypatch.chdir(checkouts[1])
    refused = shop.type("plan")
    assert refused.code == 1 and "belongs to another state" in refused.err and "state recover" in refused.err
    assert shop.type("state", "recover", "--yes").code == 0
    assert "No changes" in shop.type("plan").out


@pytest.mark.parametrize("gone", [False, True], ids=["both are there", "the first is gone"])
def test_a_saved_plan_is_carried_out_in_another_checkout(
    shop: Shop, checkouts: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    first, second = checkouts
    assert shop.type("plan", "--out", "saved.plan").code == 0
    shutil.move(first / "saved.plan", second / "saved.plan")
    if gone:
        shutil.rmtree(first.parent)
    monkeypatch.chdir(second.parent)
    done = shop.type("apply", "stack/saved.plan", "--yes")
    assert done.code == 0, done.err
    assert shop.world.find("data").inputs["source"]["content"] == str(second / "seed")
    (second / "conf" / "web.conf").write_text("port 81")
    assert shop.type("plan", "stack", "--out", "stack/saved.plan").code == 0
    (second / "conf" / "web.conf").write_text("port 82")
    refused = shop.type("apply", "stack/saved.plan", "--yes")
    assert refused.code == 1 and "has changed since this plan was made" in refused.err


def test_a_plan_that_lies_elsewhere_finds_its_stack(shop: Shop, checkouts: tuple[Path, Path], tmp_path: Path) -> None:
    assert shop.type("plan", "--out", "saved.plan").code == 0
    (tmp_path / "plans").mkdir()
    moved = (checkouts[0] / "saved.plan").rename(tmp_path / "plans" / "saved.plan")
    assert json.loads(moved.read_text())["source"]["beside"] == "stack.yaml"
    assert shop.type("apply", str(moved), "--yes").code == 0
