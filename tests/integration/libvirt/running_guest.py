"""A stack with one machine that runs a real guest, changed again and again."""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.contract.stage import Desk
from tests.guests import facts
from tests.guests.booting import boot
from tests.guests.facts import Facts
from tests.libvirt_lab import LibvirtLab
from tests.programs import Item

from virtwright.engine.events import Event, StepFailed
from virtwright.engine.hosts import open_provider
from virtwright.engine.step import Op, Step

ADDRESS: Final = "10.77.0.10"
MIB: Final = 1024**2
PATIENCE: Final = 150.0
"""Seconds: emulated guests on a machine that does much else take long."""
FRONT: Final = Item("Network", "front", {"cidr": "10.77.0.0/24"})
SIDE: Final = Item("Network", "side", {"cidr": "10.78.0.0/24"})
VOLUMES: Final = (
    Item("Volume", "a", {"size": "8MiB", "format": "raw"}),
    Item("Volume", "b", {"size": "4MiB", "format": "raw"}),
    Item("Volume", "one", {"size": "1MiB", "format": "raw"}),
    Item("Volume", "two", {"size": "1MiB", "format": "raw"}),
)
NIC: Final = {"network": "{front}", "address": ADDRESS}


class RunningGuest:
    """The stack as it is now, and what its guest says."""

    def __init__(self, lab: LibvirtLab, folder: Path) -> None:
        self.lab = lab
        self.desk = Desk(folder / "home", lab.uri, open_provider)
        self.side = SIDE
        self.inputs: dict[str, Any] = {
            "memory": "192MiB",
            "max_memory": "224MiB",
            "cpus": 2,
            "max_cpus": 4,
            "boot": boot(),
            "networks": [NIC],
            "guest_agent": True,
            "disks": [{"volume": "{one}", "device": "cdrom"}],
            "graphics": {"type": "vnc", "password": "geheim"},
            "libvirt": {"type": "qemu"},
            "shutdown_timeout": 240,
        }

    @property
    def items(self) -> tuple[Item, ...]:
        used = ("front", "side", *(each.name for each in VOLUMES))
        return (FRONT, self.side, *VOLUMES, Item("VirtualMachine", "db", self.inputs, uses=used))

    def apply(self) -> None:
        failed: list[StepFailed] = []

        def hear(event: Event) -> None:
            if isinstance(event, StepFailed):
                failed.append(event)

        result = self.desk.work(lambda engine, _: engine.apply(self.desk.program(self.items)), hear)
        assert result.succeeded, [each.problem for each in failed]

    def planned(self) -> Step:
        """The step of the machine; the others have none."""
        plan = self.desk.work(lambda engine, _: engine.plan(self.desk.program(self.items)))
        assert [step.urn.name for step in plan.steps if step.op is not Op.SAME] in ([], ["db"])
        return next(step for step in plan.steps if step.urn.name == "db")

    def change(self, fields: Mapping[str, Any], *paths: str) -> Step:
        """Set these inputs; the plan must name just these paths. Then apply."""
        self.inputs = {**self.inputs, **fields}
        step = self.planned()
        assert (step.op, {each.field for each in step.changes}) == (Op.UPDATE, set(paths)), step
        self.apply()
        return step

    def facts(self, holds: Callable[[Facts], object] = bool, why: object = "") -> Facts:
        """What the guest says, as soon as that holds; ``why`` it is asked."""
        end = time.monotonic() + PATIENCE
        last = None
        while time.monotonic() < end:
            found = facts.ask(self.lab.run, ADDRESS)
            if found is not None and holds(found):
                return found
            last = found or last
            time.sleep(0.2)
        raise AssertionError(f"{why}: the guest said at last {last}\n{self.console()}\n{self.xml()}")

    def console(self) -> str:
        """What the guest wrote, and its QEMU."""
        logs = ("shop_db.console.log", "shop_db.log")
        return self.lab.run("tail", "-n", "40", *(f"/var/log/libvirt/qemu/{name}" for name in logs), check=False)

    @property
    def domain(self) -> Any:
        return self.lab.api.lookupByName("shop_db")

    def xml(self) -> str:
        """Of what runs, with its secrets."""
        text: str = self.domain.XMLDesc(1)
        return text

    def running(self) -> str:
        """The same, without what virtwright notes in it."""
        return re.sub(r"(?s)<virtwright:notes>.*</virtwright:notes>", "", self.xml())
