"""URNs: the identity of a resource, in Pulumi's form ``urn:pulumi:STACK::PROJECT::TYPE::NAME``."""

from typing import Final

from virtwright.lazy_dataclasses import dataclass

PACKAGE: Final = "virtwright"
HOST_TYPE: Final = f"pulumi:providers:{PACKAGE}"
"""The type of a host: in Pulumi's terms a provider instance."""
STACK_TYPE: Final = "pulumi:pulumi:Stack"
DYNAMIC_HOST_TYPE: Final = "pulumi:providers:pulumi-python"
"""The type of the place where a program's own code runs (``pulumi.dynamic``)."""
DYNAMIC_PREFIX: Final = "pulumi-python:dynamic"
"""How the types of all that such code makes begin."""


@dataclass(frozen=True, slots=True, order=True)
class Urn:
    """A parsed URN. ``type`` may carry its parents' types, joined by ``$``."""

    stack: str
    project: str
    type: str
    name: str

    def __hash__(self) -> int:
        """By the name alone: URNs are looked up far more often than two of a name meet."""
        return hash(self.name)

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{self.type}::{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Urn":
        """Raises ``ValueError`` where ``text`` is not a URN. A name may hold ``::`` itself."""
        parts = text.split("::", 3)
        if len(parts) != 4 or not parts[0].startswith("urn:pulumi:"):
            raise ValueError(f"not a URN: {text!r}")
        return cls(parts[0].removeprefix("urn:pulumi:"), parts[1], parts[2], parts[3])

    @property
    def own_type(self) -> str:
        """The type without its parents': ``virtwright:index:Network``."""
        return self.type.rsplit("$", 1)[-1]

    @property
    def is_host(self) -> bool:
        return self.own_type in (HOST_TYPE, DYNAMIC_HOST_TYPE)

    @property
    def is_dynamic(self) -> bool:
        """Made by code of the program's own."""
        return self.own_type.startswith(DYNAMIC_PREFIX)

    @property
    def kind(self) -> str:
        """The last word of the type: ``Network``."""
        return self.own_type.rsplit(":", 1)[-1]


def type_token(kind: str) -> str:
    """``Network`` -> ``virtwright:index:Network``."""
    return f"{PACKAGE}:index:{kind}"
