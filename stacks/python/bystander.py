"""The services of a pass that only collects goals: nothing outside the program is known."""

from collections.abc import Mapping
from typing import Literal

from virtwright.errors import InputError
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Properties
from virtwright.stacks.base import Hook, Registered, StackName


class Bystander:
    """Implements ``stacks.base.Services``."""

    planning = True
    stopping = False
    failed = False

    def __init__(self) -> None:
        self._hooks: set[str] = set()

    def log(self, severity: Literal["debug", "info", "warning", "error"], message: str, urn: Urn | None = None) -> None:
        """Nobody listens."""

    def add_hook(self, name: str, hook: Hook) -> None:
        if name in self._hooks:
            raise InputError.one(f"two hooks are called {name!r}")
        self._hooks.add(name)

    async def put_outputs(self, component: Urn, outputs: Properties) -> None:
        """Nothing is recorded."""

    def recorded(self, urn: Urn) -> Registered | None:
        return None

    async def look_up(self, urn: Urn, kind: str, id: str, host: Urn, given: Properties) -> Registered | None:
        names = {*EVERY_KIND[kind].inputs.model_fields, *EVERY_KIND[kind].outputs.model_fields}
        return Registered(host, None, dict.fromkeys(names, UNKNOWN))

    async def ask(self, function: str, arguments: Properties, host: Urn) -> Properties | None:
        return None

    def stack_outputs(self, name: StackName) -> Properties | None:
        return None

    def stack_resources(self, name: StackName) -> Mapping[str, Properties]:
        return {}
