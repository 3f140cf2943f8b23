"""Reading the folder in which Pulumi keeps states itself (``pulumi login file://...``), without Pulumi.

.pulumi/meta.yaml                          version: 1; before there were projects: not there
.pulumi/stacks/PROJECT/STACK.json[.gz|.zst]    {"version": 3, "checkpoint": {"stack": ..., "latest": DEPLOYMENT}}
.pulumi/stacks/STACK.json[.gz|.zst]            before there were projects
.pulumi/locks/organization/PROJECT/STACK/*.json
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from virtwright.errors import InputError, RefusedError, StateError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.compression import DAMAGED, unpacked
from virtwright.stacks.base import StackName

FOLDER: Final = ".pulumi"
_SUFFIXES: Final = (".json", ".json.gz", ".json.zst")
_MOST_BYTES: Final = 256 * 1024**2
_FOREIGN: Final = "this is no folder of Pulumi's states"


@dataclass(frozen=True, slots=True)
class StoredStack:
    """One stack in the folder."""

    name: StackName | None
    """None where the folder is from before there were projects: then only the deployment tells it."""
    stack: str
    file: Path


def find_stacks(folder: Path) -> list[StoredStack]:
    """All stacks that Pulumi keeps in ``folder``, which may be ``.pulumi`` itself or what holds it. Raises ``InputError``."""
    stacks = _root(folder) / "stacks"
    try:
        found = sorted(_stored(stacks), key=lambda each: str(each.file))
    except OSError as error:
        raise InputError.one(f"can't read the folder: {error.strerror}", where=Where(file=str(stacks))) from error
    if not found:
        raise InputError.one("Pulumi keeps no stack in this folder", where=Where(file=str(stacks)))
    return found


def choose(found: list[StoredStack], project: str | None, stack: str | None) -> StoredStack:
    """The stack that is meant; with nothing said, the only one. Raises ``InputError``."""
    fitting = [
        each
        for each in found
        if stack in (None, each.stack) and (each.name is None or project in (None, each.name.project))
    ]
    if len(fitting) == 1:
        return fitting[0]
    there = "\n".join(f"    --stack {each.name or each.stack}" for each in (fitting or found)[:20])
    what = "there are several stacks in this folder" if fitting else "there is no such stack in this folder"
    raise InputError.one(what, hint=f"say which one:\n{there}")


def read_deployment(stored: StoredStack, folder: Path) -> Mapping[str, Any]:
    """The stack's deployment, as ``pulumi stack export`` would write it. Raises ``RefusedError`` while Pulumi is at work on
    the stack, ``InputError`` for a file that can't be read, ``StateError`` for what is not a checkpoint."""
    _refuse_locked(stored, _root(folder))
    where = Where(file=str(stored.file))
    try:
        with stored.file.open("rb") as file:
            data = unpacked(file).read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise StateError("this state is larger than 256 MiB", where=where)
        document = json.loads(data)
    except (*DAMAGED, RecursionError) as error:
        raise InputError.one("this state of Pulumi can't be read", where=where) from error
    checkpoint = document.get("checkpoint") if isinstance(document, dict) else None
    if not isinstance(checkpoint, dict):
        raise StateError("this is not a checkpoint of Pulumi", where=where)
    latest = checkpoint.get("latest")
    if latest is None:
        raise StateError("Pulumi has not updated this stack yet: there is nothing to import", where=where)
    return {**{name: document[name] for name in ("version", "features") if name in document}, "deployment": latest}


def _root(folder: Path) -> Path:
    inside = folder / FOLDER
    root = inside if inside.is_dir() else folder
    if not (root / "stacks").is_dir():
        raise InputError.one(
            _FOREIGN, where=Where(file=str(folder)), hint=f"name the folder that {FOLDER}/stacks lies in"
        )
    return root


def _stored(stacks: Path) -> Iterator[StoredStack]:
    for path in (*stacks.glob("*.json*"), *stacks.glob("*/*.json*")):
        suffix = next((each for each in _SUFFIXES if path.name.endswith(each)), None)
        if suffix is None or not path.is_file():
            continue
        stack = path.name.removesuffix(suffix)
        yield StoredStack(None if path.parent == stacks else StackName(path.parent.name, stack), stack, path)


def _refuse_locked(stored: StoredStack, root: Path) -> None:
    place = root / "locks" / "organization"
    place = place / stored.stack if stored.name is None else place / stored.name.project / stored.stack
    if place.is_dir() and any(place.glob("*.json")):
        raise RefusedError(
            f"Pulumi is at work on {stored.stack}, or was interrupted",
            where=Where(file=str(place)),
            hint="wait for it; where nobody is at work, take its lock away:\n    pulumi cancel",
        )
