"""What few resources have: kept as one small JSON object, so that each new trait needs no column of its own."""

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

_PLAIN: Final = re.compile(r'\{"operation":"([0-9a-f]{32})"\}')
"""What most resources have, and a large state is read quickly of."""


class Traits(BaseModel):
    """Facts and options of a resource that most resources lack. Each has a default that means "not so"."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        defer_build=True,  # few commands meet any
    )

    imported: bool = False
    """The object was made by somebody else and taken over: it bears no stamp, so it is found by its id."""

    parent: str | None = None
    """The URN of the component or resource that it is a part of."""
    deleted_with: str | None = None
    """The URN of the resource whose deletion takes the object along."""
    trigger: str | None = None
    """A keyed hash of the value that replaces the object when it changes."""
    delete_timeout: float | None = None
    """Seconds that deleting it may take."""
    hooks: dict[str, tuple[str, ...]] = {}
    """By moment: the names of the functions of the program that are called when the object is deleted."""
    leaves: str | None = None
    """Of the intent of a move: the URN of the host that the object was on before."""
    secret_outputs: tuple[str, ...] = ()
    """Of an intent: the outputs that are secrets because the program says so."""
    operation: str | None = None
    """The operation in the object's stamp: that of its creation where stamps are written once, else of its last change. The history
    forgets it in time."""
    identity: str | None = None
    """The identity in the object's stamp, where that is another state's: the object was taken over."""
    evidence: dict[str, str] = {}
    """Of a host: what tells it from others, by what has it (``machine``, ``engine``, ...)."""
    pulumi: dict[str, JsonValue] = {}
    """What a state of Pulumi told of the resource and ours has no word for, as its form has it; given back by an export."""

    def to_json(self) -> str | None:
        """None where there are none."""
        return None if self == NO_TRAITS else self.model_dump_json(exclude_defaults=True)

    @classmethod
    def from_json(cls, text: str | None) -> "Traits":
        """Raises ``ValueError`` for what is not an object of known traits."""
        if text is None:
            return NO_TRAITS
        if (plain := _PLAIN.fullmatch(text)) is not None:
            return NO_TRAITS.model_copy(update={"operation": plain[1]})
        return cls.model_validate_json(text)


NO_TRAITS: Final = Traits.model_construct()
