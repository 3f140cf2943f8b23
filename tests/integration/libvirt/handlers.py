"""Calling the handlers of a libvirt host as the engine does."""

from typing import Any

from tests.libvirt_lab import LibvirtLab

from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS

STACK = "shop/prod"


def stamp(kind: str, name: str, operation: str = "0123456789abcdef") -> Stamp:
    return Stamp(STACK, f"urn:pulumi:prod::shop::virtwright:index:{kind}::{name}", operation, "f" * 64)


class Made:
    """One resource, and what can be done with it."""

    def __init__(
        self, provider: LibvirtProvider, kind: str, name: str, context: Context | None = None, **inputs: Any
    ) -> None:
        self.handler = provider.handlers[kind]
        self.kind = kind
        self.name = name
        self.inputs = self._checked(inputs)
        self.outputs = self.handler.create(stamp(kind, name), self.inputs, context or Context())

    @property
    def id(self) -> str:
        return str(self.outputs.id)

    def change(self, operation: str = "fedcba9876543210", **inputs: Any) -> None:
        goal = self._checked(inputs)
        self.outputs = self.handler.update(
            self.id, stamp(self.kind, self.name, operation), self.inputs, goal, Context()
        )
        self.inputs = goal

    def observed(self) -> Any:
        (found,) = [each for each in self.handler.observe(STACK) if each.id == self.id]
        return found

    def drift(self) -> list[str]:
        """The fields that a plan of the same inputs would show."""
        seen = self.observed()
        told = {name: getattr(seen.inputs, name) for name in seen.inputs.model_fields_set}
        changes = self.handler.diff(self.inputs.model_copy(update=told), self.inputs).changes
        return [each.field for each in (*changes, *seen.drift)]

    def delete(self) -> None:
        self.handler.delete(self.id, Context())

    def _checked(self, inputs: dict[str, Any]) -> Any:
        return self.handler.check(KINDS[self.kind].inputs.model_validate(inputs))


def provider(lab: LibvirtLab) -> LibvirtProvider:
    return LibvirtProvider.open("lab", Host(uri=lab.uri))
