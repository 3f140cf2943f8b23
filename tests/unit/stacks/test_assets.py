"""Hashes of assets: the same for the same content, another for another, and an error for what is not there."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import InputError
from virtwright.schemas.signatures import ARCHIVE, ASSET, SIGNATURE
from virtwright.schemas.values import Properties, Secret
from virtwright.stacks.python.assets import hashed


def asset(**what: Any) -> dict[str, Any]:
    return {SIGNATURE: ASSET, **what}


def archive(**what: Any) -> dict[str, Any]:
    return {SIGNATURE: ARCHIVE, **what}


def hash_of(value: Any, folder: Path) -> Any:
    return asyncio.run(hashed({"it": value}, folder))["it"]["hash"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site" / "css").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("<p>")
    (tmp_path / "site" / "css" / "main.css").write_text("p {}")
    return tmp_path


def test_one_content_has_one_hash(folder: Path) -> None:
    text, path, uri = (
        asset(text="<p>"),
        asset(path="site/index.html"),
        asset(uri=(folder / "site" / "index.html").as_uri()),
    )
    assert {hash_of(each, folder) for each in (text, path, uri)} == {sha256(b"<p>").hexdigest()}
    assert hash_of(asset(text=""), folder) == sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        lambda site: (site / "index.html").write_text("<h1>"),
        lambda site: (site / "index.html").rename(site / "start.html"),
        lambda site: (site / "css" / "main.css").unlink(),
        lambda site: (site / "empty").mkdir(),
        lambda site: (site / "link").symlink_to("index.html"),
    ],
)
def test_any_change_of_a_folder_is_seen(folder: Path, change: Callable[[Path], object]) -> None:
    whole = archive(path="site")
    parts = archive(assets={"a": archive(path="site"), "b": asset(text="x")})
    before = hash_of(whole, folder), hash_of(parts, folder)
    assert before == (hash_of(whole, folder), hash_of(parts, folder))
    change(folder / "site")
    assert hash_of(whole, folder) != before[0]
    assert hash_of(parts, folder) != before[1]


def test_they_are_found_wherever_they_are_and_nothing_else_changes(folder: Path) -> None:
    given: Properties = {"a": [{"b": Secret(asset(text="x"))}], "c": 1, "d": None}
    told = asyncio.run(hashed(given, folder))
    assert told == {"a": [{"b": Secret(asset(text="x", hash=sha256(b"x").hexdigest()))}], "c": 1, "d": None}
    plain: Properties = {"a": [1, {"b": "c"}]}
    assert asyncio.run(hashed(plain, folder)) is plain


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (asset(path="nothing"), "can't be read: No such file"),
        (asset(path="site"), "can't be read: Is a directory"),
        (asset(uri="ftp://example/x"), "none of file, http and https"),
        (asset(uri="file:///nothing/at/all"), "can't be read from file:///nothing"),
    ],
)
def test_what_is_not_there_is_told(folder: Path, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        hash_of(value, folder)
