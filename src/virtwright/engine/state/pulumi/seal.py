"""What virtwright adds to a deployment, in its metadata, which Pulumi passes over: what Pulumi's form has no room for, and a
keyed hash over the whole, so that a ciphertext moved to another property, or any other change, is noticed.

Pulumi drops it when it writes the state itself; such a deployment is read without.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from virtwright.engine.state.pulumi.document import damaged
from virtwright.errors import StateError
from virtwright.stacks.cipher import Cipher

KEY: Final = "virtwright"
_SEAL: Final = "seal"
_LABEL: Final = b"virtwright deployment 1\0"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ResourceNote(_Strict):
    """Of one resource."""

    inputs_hash: str = ""
    trigger: str | None = None
    imported: bool = False
    row: str = ""


class OperationNote(_Strict):
    """Of one pending operation."""

    id: str
    run: str
    op: str
    object_id: str | None = None
    row: str | None = None
    started: str = ""
    inputs_hash: str = ""
    references: list[str] = []


class Notes(_Strict):
    """All that is noted. Both lists are as long as those of the deployment."""

    version: Literal[1] = 1
    resources: list[ResourceNote] = []
    operations: list[OperationNote] = []
    seal: str = ""


def sealed(deployment: dict[str, Any], notes: Notes, cipher: Cipher) -> dict[str, Any]:
    """The deployment with the notes and the seal in it."""
    told = notes.model_dump(exclude={_SEAL}, exclude_defaults=True) | {"version": notes.version}
    open_ = {**deployment, "metadata": {**deployment.get("metadata", {}), KEY: told}}
    return {**open_, "metadata": {**open_["metadata"], KEY: {**told, _SEAL: _hash(open_, cipher.mac)}}}


def opened(deployment: Mapping[str, Any], cipher: Cipher) -> Notes | None:
    """The notes, where virtwright wrote the deployment. Raises ``StateError`` where it was changed since."""
    metadata = deployment.get("metadata")
    told = metadata.get(KEY) if isinstance(metadata, dict) else None
    if told is None:
        return None
    try:
        notes = Notes.model_validate(told)
    except ValidationError as error:
        raise damaged("the notes of virtwright in its metadata can't be read") from error
    assert isinstance(metadata, dict)
    without = {name: value for name, value in told.items() if name != _SEAL}
    if not hmac.compare_digest(
        notes.seal.encode(), _hash({**deployment, "metadata": {**metadata, KEY: without}}, cipher.mac).encode()
    ):
        raise StateError(
            "this deployment was changed after virtwright had exported it",
            hint="export it again. If the change is meant, remove deployment.metadata.virtwright from it, and look at the"
            " plan after the import",
        )
    return notes


def _hash(deployment: Mapping[str, Any], mac: Callable[[bytes], str]) -> str:
    return mac(_LABEL + json.dumps(deployment, sort_keys=True, separators=(",", ":")).encode())
