"""Machines on libvirt's test driver, inside this process."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.handler import MachineHandler
from virtwright.schemas.host import Host
from virtwright.schemas.machine import VirtualMachine

STACK = "shop/shop"
URN = "urn:pulumi:shop::shop::virtwright:index:VirtualMachine::db"


class Driver:
    """A handler and what it is given."""

    def __init__(self) -> None:
        self.connection = LibvirtConnection("here", Host(uri="test:///default"))
        self.handler = MachineHandler(self.connection)
        self.said: list[str] = []
        self.id = ""
        self.inputs = VirtualMachine()

    @property
    def context(self) -> Context:
        return Context(progress=lambda message, fraction=None: self.said.append(message))

    def create(self, inputs: Mapping[str, Any]) -> None:
        self.inputs = self.handler.check(parsed(inputs))
        self.id = self.handler.create(Stamp(STACK, URN, "one", "hash"), self.inputs, self.context).id

    def update(self, inputs: Mapping[str, Any]) -> None:
        goal = self.handler.check(parsed(inputs))
        self.handler.update(self.id, Stamp(STACK, URN, "two", "hash"), self.inputs, goal, self.context)
        self.inputs = goal

    def seen(self) -> Observed[VirtualMachine, Any]:
        (found,) = self.handler.observe(STACK)
        return found

    def drift(self) -> dict[str, Impact]:
        """By field, what a plan of the same inputs would show."""
        found = self.seen()
        values = {name: getattr(found.inputs, name) for name in found.inputs.model_fields_set}
        changes = [*self.handler.diff(self.inputs.model_copy(update=values), self.inputs).changes, *found.drift]
        return {change.field: change.impact for change in changes}

    def domain(self, work: Callable[[Any], Any]) -> Any:
        return self.connection.call("ask", lambda libvirt: work(libvirt.lookupByUUIDString(self.id)))

    def volumes(self) -> list[str]:
        def names(libvirt: Any) -> list[str]:
            return sorted(each.name() for pool in libvirt.listAllStoragePools() for each in pool.listAllVolumes())

        found: list[str] = self.connection.call("list", names)
        return found

    def close(self) -> None:
        """All that is there goes: the driver's objects live as long as this process."""
        self.connection.call("sweep", _sweep)
        self.connection.close()


def parsed(inputs: Mapping[str, Any]) -> VirtualMachine:
    return VirtualMachine.model_validate(
        {"shutdown_timeout": 1, **inputs} if "shutdown_timeout" not in inputs else inputs
    )


def _sweep(libvirt: Any) -> None:
    for domain in libvirt.listAllDomains():
        if domain.name() != "test":
            if domain.isActive():
                domain.destroy()
            domain.undefine()
    for pool in libvirt.listAllStoragePools():
        for volume in pool.listAllVolumes():
            volume.delete()


@pytest.fixture
def driver() -> Iterator[Driver]:
    pytest.importorskip("libvirt")
    made = Driver()
    yield made
    made.close()
