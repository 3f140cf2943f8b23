"""The form of an exported state: the models that its file is checked against, and its JSON Schema."""

import json
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from virtwright.engine.state.identity import PATTERN
from virtwright.engine.state.traits import NO_TRAITS, Traits
from virtwright.stacks.source import Source

FORMAT: Final = "virtwright-state"
VERSION: Final = 3
"""Version 1 had no identity, version 2 no source."""

_Values = dict[str, JsonValue]
"""Values as JSON; special objects (secrets) are marked as in ``codec``."""
_Row = Annotated[str, Field(min_length=1)]
_Urn = Annotated[str, Field(pattern=r"^urn:pulumi:.+::.+::.+::.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StackEntry(_Strict):
    """Which stack it is the state of."""

    project: str
    name: str
    identity: Annotated[str, Field(pattern=f"^{PATTERN}$")] | None = None
    """What its stamps bear, beside its name."""
    source: dict[str, str] | None = None
    """Where its file was at the last apply: the fields of ``virtwright.stacks.source.Source``."""

    @field_validator("source")
    @classmethod
    def _is_whole(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        if value is not None:
            Source.from_json(json.dumps(value))
        return value

    @property
    def known_source(self) -> Source | None:
        return Source(**self.source) if self.source is not None else None


class _Common(_Strict):
    urn: _Urn
    kind: str
    host: _Urn | None = None
    inputs: _Values
    dependencies: list[_Urn] = []
    references: list[_Urn] = []
    protect: bool = False
    retain_on_delete: bool = False
    inputs_hash: str = ""
    traits: Traits = NO_TRAITS


class ResourceEntry(_Common):
    """A resource, as ``ResourceRecord``."""

    row: _Row
    id: str | None = None
    outputs: _Values
    created: str = ""
    modified: str = ""
    doomed: bool = False
    pending_replacement: bool = False


class OperationEntry(_Common):
    """An operation that was open, as ``OperationRecord``."""

    id: _Row
    run: str
    op: str
    object_id: str | None = None
    row: str | None = None
    started: str = ""


class StateFile(_Strict):
    """A whole exported state."""

    format: Literal["virtwright-state"]
    version: Literal[1, 2, 3]
    stack: StackEntry
    serial: Annotated[int, Field(ge=0)]
    salt: str | None = None
    """The encryption salt; a secret can be read with it and the passphrase."""
    resources: list[ResourceEntry]
    operations: list[OperationEntry] = []
    outputs: _Values = {}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    return StateFile.model_json_schema()
