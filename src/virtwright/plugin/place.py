"""What a request speaks of: the resource's URN, its kind, and the stack that it belongs to."""

from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import named_identity
from virtwright.schemas.kinds import TYPES, Kind
from virtwright.schemas.urn import Urn


@dataclass(frozen=True, slots=True)
class Place:
    """One resource of one stack."""

    urn: Urn
    kind: Kind

    @property
    def stack(self) -> str:
        """The full name of the stack, as stamps have it: ``PROJECT/STACK``."""
        return f"{self.urn.project}/{self.urn.stack}"

    @property
    def identity(self) -> str:
        """What stamps bear for it. It proves no more than the name does, and the ids that the engine knows decide."""
        return named_identity(self.stack)

    @classmethod
    def of(cls, urn: str) -> "Place":
        """Raises ``InputError`` for what is no URN, or names a type that this package does not have."""
        try:
            parsed = Urn.parse(urn)
        except ValueError as error:
            raise InputError.one(str(error)) from error
        kind = TYPES.get(parsed.own_type)
        if kind is None:
            known = ", ".join(TYPES)
            raise InputError.one(f"virtwright has no resource type {parsed.own_type}", hint=f"it has {known}")
        return cls(parsed, kind)
