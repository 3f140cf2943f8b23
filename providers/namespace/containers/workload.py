"""What the handlers of containers and machines do not have in common, for the code that serves both."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

from virtwright.providers.diff import Change
from virtwright.providers.namespace.sandbox.status import Status
from virtwright.schemas.values import Properties

if TYPE_CHECKING:
    from virtwright.providers.namespace.cgroups.group import Group
    from virtwright.providers.namespace.containers.setting import Setting
    from virtwright.providers.namespace.sandbox.spec import SandboxSpec
    from virtwright.schemas.container import Container
    from virtwright.schemas.machine import VirtualMachine

InputsT = TypeVar("InputsT", bound="Container | VirtualMachine")
Power = Literal["running", "stopped", "paused"]


class Workload(ABC, Generic[InputsT]):
    """The traits of one kind. All but ``observed`` is pure."""

    kind: ClassVar[str]

    @abstractmethod
    def parse(self, properties: Properties) -> InputsT:
        """The inputs that a record holds."""

    @abstractmethod
    def spec(self, inputs: InputsT, setting: "Setting") -> "SandboxSpec":
        """The sandbox that carries it."""

    @abstractmethod
    def volumes(self, inputs: InputsT) -> Sequence[str]:
        """The volumes it uses, by their names on the host."""

    @abstractmethod
    def hostname(self, inputs: InputsT) -> str | None: ...

    @abstractmethod
    def power(self, inputs: InputsT) -> Power:
        """What it should be doing."""

    @abstractmethod
    def observed(
        self, inputs: InputsT, folder: Path, status: Status, group: "Group", frozen: bool
    ) -> tuple[InputsT, Sequence[Change]]:
        """``inputs`` with what differs on the host replaced by what is there, and what of that can't be said so. Looks at the host."""

    @abstractmethod
    def drift(self, inputs: InputsT, status: Status, frozen: bool) -> Sequence[Change]:
        """What is wrong with its processes and is no input."""

    @abstractmethod
    def finished(self, inputs: InputsT, status: Status) -> bool:
        """Whether it has ended as it should, so that it is not started again."""
