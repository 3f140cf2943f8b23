"""A Python stack as a program: an ordinary Pulumi program in a process of its own, served by this one."""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.values import Value
from virtwright.stacks.base import Register, Services, StackName
from virtwright.stacks.python.bystander import Bystander
from virtwright.stacks.python.digest import files_digest
from virtwright.stacks.python.interpreter import interpreter
from virtwright.stacks.python.project import Project
from virtwright.trust import TRUSTED, Trust

if TYPE_CHECKING:
    from virtwright.stacks.python.serving import Serving


@dataclass(slots=True)
class PythonProgram:
    """Implements ``stacks.base.Program`` and ``Served``. One pass at a time."""

    name: StackName
    project: Project
    config: Mapping[str, Value] = field(repr=False)
    """By full key, ``PROJECT:NAME``."""
    config_digest: Callable[[], str] = field(repr=False)
    trust: Trust = TRUSTED
    mend: bool = True
    """Whether the SDK's faults are mended; only a benchmark does without."""
    _serving: "Serving | None" = field(default=None, repr=False)
    _interpreter: Path | None = field(default=None, repr=False)

    @property
    def interpreter(self) -> Path:
        """What the program runs with; to find it may take a program of its own. A stranger's runs with this process's own.
        Raises ``InputError`` and ``HostError``."""
        if self._interpreter is None:
            self._interpreter = Path(sys.executable) if self.trust.limited else interpreter(self.project)
        return self._interpreter

    @property
    def digest(self) -> str:
        parts = [str(self.name), files_digest(self.project, self.trust), self.config_digest()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    async def run(self, register: Register) -> Mapping[str, object]:
        """One pass with nothing but registrations: all else is unknown to the program."""
        try:
            return await self.serve(register, Bystander())
        finally:
            await self.end()

    async def serve(self, register: Register, services: Services) -> Mapping[str, object]:
        """Raises the ``VirtwrightError`` that the program ends with."""
        from virtwright.stacks.python.serving import Serving, Start

        assert self._serving is None, "a program runs once at a time"
        start = Start(self.name, self.project, self.config, self.interpreter, self.trust, self.mend)
        self._serving = Serving(start, register, services)
        return await self._serving.outputs()

    async def end(self) -> None:
        """Let the program end, or end it. Safe to call again."""
        serving, self._serving = self._serving, None
        if serving is not None:
            await serving.end()
