"""What virtwright adds to a deployment, in its metadata, which Pulumi passes over: what Pulumi's form has no room for, and a
keyed hash over the whole, so that a ciphertext moved to another property, or any other change, is noticed.

Pulumi drops it when it writes the state itself; such a deployment is read without.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from virtwright.engine.state.identity import PATTERN
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
    operation: str | None = None
    identity: str | None = None
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
    traits: str | None = None
    """As ``Traits.to_json`` tells them."""


class Notes(_Strict):
    """All that is noted. Both lists are as long as those of the deployment."""

    version: Literal[1, 2, 3] = 3
    """Version 1 had no identity, version 2 no operations and identities of resources."""
    resources: list[ResourceNote] = []
    operations: list[OperationNote] = []
    identity: Annotated[str, Field(pattern=f"^{PATTERN}$")] | None = None
    """What the stack's stamps bear, beside its name."""
    seal: str = ""


def sealed(document: dict[str, Any], notes: Notes, cipher: Cipher) -> dict[str, Any]:
    """The document with the notes and the seal in it."""
    told = notes.model_dump(exclude={_SEAL}, exclude_defaults=True) | {"version": notes.version}
    seal = _hash(_with(document, told), cipher.mac)
    return _with(document, {**told, _SEAL: seal})


def opened(document: Mapping[str, Any], cipher: Cipher) -> Notes | None:
    """The notes, where virtwright wrote the document. Raises ``StateError`` where it was changed since."""
    metadata = document["deployment"].get("metadata")
    told = metadata.get(KEY) if isinstance(metadata, dict) else None
    if told is None:
        return None
    try:
        notes = Notes.model_validate(told)
    except ValidationError as error:
        raise damaged("the notes of virtwright in its metadata can't be read") from error
    without = {name: value for name, value in told.items() if name != _SEAL}
    seal = _hash(_with(document, without), cipher.mac)
    if not hmac.compare_digest(notes.seal.encode(), seal.encode()):
        raise StateError(
            "this deployment was changed after virtwright had exported it",
            hint="export it again. If the change is meant, remove deployment.metadata.virtwright from it, and look at the"
            " plan after the import",
        )
    return notes


def _with(document: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    deployment = document["deployment"]
    return {**document, "deployment": {**deployment, "metadata": {**deployment["metadata"], KEY: told}}}


def _hash(document: Mapping[str, Any], mac: Callable[[bytes], str]) -> str:
    return mac(_LABEL + json.dumps(document, sort_keys=True, separators=(",", ":")).encode())
