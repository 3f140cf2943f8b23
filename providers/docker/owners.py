"""Which state has an object now, where its labels name the one that made it: labels are written once, so a volume without data notes it.

The note is called after the object's id, and goes with the object.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from virtwright.failpoints import reach
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.labels import IDENTITY
from virtwright.providers.taken import Holder

NOTED: Final = "virtwright.owner-of"
"""The label of a note: the object's id."""
STEP: Final = "docker.owner"
_QUESTION: Final = ("owners",)


def owners(docker: DockerConnection) -> Mapping[str, str]:
    """By id: the identity of the state that has the object, of those that were taken over. Asked once in a run."""

    def ask() -> Mapping[str, str]:
        found = docker.call("list its volumes", lambda client: client.volumes(filters={"label": NOTED}))
        notes = (each.get("Labels") or {} for each in found.get("Volumes") or ())
        return {labels[NOTED]: labels.get(IDENTITY, "") for labels in notes if NOTED in labels}

    return docker.answers.once(_QUESTION, ask)


def with_owner(stamp: Stamp, id: str, noted: Mapping[str, str]) -> Stamp:
    """The stamp on an object, with the identity of the state that has it. ``noted`` is what ``owners`` gives."""
    owner = noted.get(id)
    return replace(stamp, identity=owner) if owner else stamp


def holder_of(docker: DockerConnection, stamp: Stamp | None, id: str, made: str) -> Holder | None:
    """Who has a name, as the object with it says; None where it bears no stamp."""
    return Holder(with_owner(stamp, id, owners(docker)), id, made) if stamp is not None else None


def is_note(labels: Mapping[str, str] | None) -> bool:
    return NOTED in (labels or {})


def note(docker: DockerConnection, id: str, identity: str, context: Context) -> None:
    """Labels of a volume can't be changed either: an older note goes first."""
    _remove(docker, id, context)
    body = {"Name": _name(id), "Driver": "local", "Labels": {NOTED: id, IDENTITY: identity}}
    docker.post(f"note who has {id[:12]}", "/volumes/create", body, context)
    docker.answers.forget(_QUESTION)
    reach(STEP)


def forget(docker: DockerConnection, id: str, context: Context) -> None:
    """Of an object that is gone. Where there is no note, nothing is asked for."""
    if id in owners(docker):
        _remove(docker, id, context)


def _remove(docker: DockerConnection, id: str, context: Context) -> None:
    with suppress(GoneError):
        docker.call(f"forget who had {id[:12]}", lambda client: client.remove_volume(_name(id)), context)


def _name(id: str) -> str:
    return f"virtwright-owner-{hashlib.sha256(id.encode()).hexdigest()[:16]}"
