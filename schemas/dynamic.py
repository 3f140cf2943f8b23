"""Resources that a program makes with code of its own (``pulumi.dynamic``), and the place where that code runs."""

from typing import Any, Final

from pydantic import ConfigDict

from virtwright.schemas.host import Host
from virtwright.schemas.model import Model
from virtwright.schemas.values import Value

CODE: Final = "__provider"
"""The input that holds the code: a pickled ``pulumi.dynamic.ResourceProvider``."""


class Dynamic(Model):
    """Whatever fields the program gives, and its code."""

    model_config = ConfigDict(extra="allow")

    def model_dump(self, **_: Any) -> dict[str, Value]:
        """The values as they are, ``Secret`` and ``UNKNOWN`` too: they have no form of their own."""
        return dict(self.__pydantic_extra__ or {})


class DynamicOutputs(Model):
    """Whatever the code reports."""

    model_config = ConfigDict(extra="allow")

    def model_dump(self, **_: Any) -> dict[str, Value]:
        """As that of the inputs."""
        return {**(self.__pydantic_extra__ or {}), "id": self.id}

    id: str
    """What the code calls the object."""


class DynamicHost(Host):
    """The process that runs the code. Only the program host makes one; nobody writes it in a stack."""

    interpreter: str
    """Path of the program's Python."""
    folder: str
    """Where the code runs."""
    imports: str
    """The folder that it imports the project's own modules from."""
    project: str
    """The stack's project."""
    stack: str
    """The stack's own name."""
    config: dict[str, str] = {}
    """The stack's configuration by full key, ``PROJECT:NAME``. Default: none."""
