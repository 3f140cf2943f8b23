"""Assets and archives among a program's values: each gets the hash of its content, so that another content is a change.

As in Pulumi's engine (sdk/go/common/resource/asset): a text's own hash, a file's, for a folder one of all that is in it.
"""

import asyncio
import hashlib
import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from virtwright.errors import InputError
from virtwright.http_words import http_words
from virtwright.schemas.signatures import ARCHIVE, ASSET, SIGNATURE
from virtwright.schemas.values import Path as Way
from virtwright.schemas.values import Properties, Secret, Value
from virtwright.stacks.base import Read
from virtwright.trust import TRUSTED, Trust

_PATIENCE: Final = 60.0
"""Seconds that an answer of a web server may take."""
_CHUNK: Final = 1024**2


async def hashed(properties: Properties, folder: Path, trust: Trust = TRUSTED) -> Properties:
    """The properties with the hash of each asset and archive. ``folder`` is what their paths begin at.

    Raises ``InputError`` for what is not there.
    """
    if not _has_assets(properties):
        return properties
    trust.refuse("the file or address of an asset is read")
    return await asyncio.to_thread(_with_hashes, properties, folder)


def asset_reads(properties: Properties, folder: Path) -> tuple[Read, ...]:
    """The files and folders that assets and archives name."""
    return tuple(_reads(properties, folder, ()))


def _reads(value: Value, folder: Path, path: Way) -> Iterator[Read]:
    if isinstance(value, Secret):
        yield from _reads(value.value, folder, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _reads(item, folder, (*path, index))
    elif isinstance(value, Mapping):
        if value.get(SIGNATURE) in (ASSET, ARCHIVE) and value.get("path"):
            yield Read(path, str(folder / value["path"]))
        for name, item in value.items():
            yield from _reads(item, folder, (*path, name))


def _has_assets(value: Value) -> bool:
    if isinstance(value, Secret):
        return _has_assets(value.value)
    if isinstance(value, Mapping):
        return value.get(SIGNATURE) in (ASSET, ARCHIVE) or any(map(_has_assets, value.values()))
    return isinstance(value, list) and any(map(_has_assets, value))


def _with_hashes(properties: Properties, folder: Path) -> dict[str, Value]:
    return {name: _hashed(value, folder) for name, value in properties.items()}


def _hashed(value: Value, folder: Path) -> Value:
    if isinstance(value, Secret):
        return Secret(_hashed(value.value, folder))
    if isinstance(value, list):
        return [_hashed(item, folder) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get(SIGNATURE) == ASSET:
        return {**value, "hash": _of_asset(value, folder)}
    if value.get(SIGNATURE) == ARCHIVE:
        members = value.get("assets")
        if members is None:
            return {**value, "hash": _of_asset(value, folder)}
        parts = _with_hashes(members, folder)
        hashes = {name: parts[name]["hash"] for name in sorted(parts)}
        return {**value, "assets": parts, "hash": _of_text(json.dumps(hashes))}
    return _with_hashes(value, folder)


def _of_asset(asset: Mapping[str, Any], folder: Path) -> str:
    if asset.get("path"):
        path = folder / asset["path"]
        try:
            return _of_folder(path) if path.is_dir() and asset[SIGNATURE] == ARCHIVE else _of_file(path)
        except OSError as error:
            raise InputError.one(f"an asset's file {str(path)!r} can't be read: {error.strerror}") from error
    return _of_uri(asset["uri"]) if asset.get("uri") else _of_text(asset.get("text", ""))


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_folder(folder: Path) -> str:
    """Of the names, kinds and contents of all that is in it."""
    return _of_text(json.dumps(sorted(_lines(folder)), ensure_ascii=True))


def _lines(folder: Path) -> Iterator[tuple[str, str]]:
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(parent) / name
            place = str(path.relative_to(folder))
            if path.is_symlink():
                yield place, f"link {path.readlink()}"
            elif path.is_dir():
                yield place, "folder"
            elif path.is_file():
                yield place, _of_file(path)


def _of_uri(uri: str) -> str:
    if urlsplit(uri).scheme not in ("file", "http", "https"):
        raise InputError.one(f"an asset's address {uri!r} is none of file, http and https")
    from http.client import HTTPException

    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(uri, timeout=_PATIENCE) as answer:
            while chunk := answer.read(_CHUNK):
                digest.update(chunk)
    except (OSError, ValueError, HTTPException) as error:
        raise InputError.one(f"an asset can't be read from {uri}: {http_words(error)}") from error
    return digest.hexdigest()
