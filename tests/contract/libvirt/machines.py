"""Machines of the libvirt hosts' contract tests: their hardware runs, and no guest in it."""

from collections.abc import Mapping
from typing import Any

from tests.contract.libvirt.items import BACK, DATA
from tests.contract.namespace.change import change
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm
from tests.programs import Item

from virtwright.providers.diff import Impact

LIVE, REBOOT = Impact.LIVE, Impact.REBOOT
DB = Item(
    "VirtualMachine",
    "db",
    {
        "memory": "64MiB",
        "networks": [{"network": "{back}", "address": "10.40.0.10"}],
        "disks": [{"volume": "{data}"}, {"size": "1MiB"}],
        "shutdown_timeout": 0,
    },
    uses=("back", "data"),
)
EMULATED = altered(DB, libvirt={"type": "qemu"})
"""The same, where KVM may seem to be there and is not."""
NEEDS = (BACK, DATA)


def machine(subject: Any) -> Any:
    return subject.api.lookupByName("shop_db")


def lives(subject: Any) -> list[str]:
    """Of each machine that runs, which of its starts it is."""
    own = ("test", "copy")
    return [
        f"{each.name()} {each.ID()}"
        for each in subject.api.listAllDomains()
        if each.isActive() and each.name() not in own
    ]


def says(text: str) -> Any:
    def holds(subject: Any) -> None:
        assert text in machine(subject).XMLDesc(2)

    return holds


def _autostart(subject: Any) -> None:
    assert machine(subject).autostart() == 1


def _paused(subject: Any) -> None:
    assert machine(subject).state()[0] == 3


def _off_now(subject: Any) -> None:
    assert not machine(subject).isActive()


def true_outputs(subject: Any, outputs: Mapping[str, Any]) -> None:
    found = machine(subject)
    assert (outputs["id"], outputs["name"], outputs["state"]) == (found.UUIDString(), found.name(), "running")
    assert outputs["addresses"] == {"shop_back": "10.40.0.10"}
    assert outputs["address"] == "10.40.0.10"


def changes(db: Item, needs: tuple[Item, ...] = NEEDS) -> tuple[FieldChange, ...]:
    """What every hypervisor can do."""
    items = (*needs, db)
    return (
        change(items, altered(db, description="new"), LIVE, "description", holds=says("<description>new")),
        change(items, altered(db, autostart=True), LIVE, "autostart", holds=_autostart),
        change(items, altered(db, power="paused"), LIVE, "power", holds=_paused),
        change(items, altered(db, power="stopped"), LIVE, "power", name="power-off", running="none", holds=_off_now),
        change(items, altered(db, memory="96MiB"), REBOOT, "memory", holds=says("98304")),
        change(items, altered(db, firmware="bios", machine_type="q35"), REBOOT, "firmware", "machine_type", holds=says("q35")),
    )  # fmt: skip


def some_changes(db: Item) -> tuple[FieldChange, ...]:
    """Where each start takes long; the tests with a real guest change all else."""
    return tuple(each for each in changes(db) if each.name in ("VirtualMachine.power", "VirtualMachine.memory"))


def _start_over(subject: Any) -> None:
    machine(subject).setAutostart(1)


def _off(subject: Any) -> None:
    machine(subject).destroy()


def _gone(subject: Any) -> None:
    """With its disks left behind."""
    found = machine(subject)
    found.destroy()
    found.undefine()


def _renamed(subject: Any) -> None:
    """As ``virsh domrename`` does."""
    found = machine(subject)
    found.destroy()
    found.rename("renamed")
    subject.api.lookupByName("renamed").create()


def _edited(subject: Any) -> None:
    found = machine(subject)
    subject.api.defineXML(found.XMLDesc(3).replace("<clock offset='utc'", "<clock offset='localtime'", 1))


def harms(db: Item, needs: tuple[Item, ...] = NEEDS) -> tuple[Harm, ...]:
    items = (*needs, db)
    return (
        Harm("machine-off", items, _off, frozenset({"db.power"})),
        Harm("machine-renamed", items, _renamed, frozenset({"db.name"})),
        Harm("machine-autostart", items, _start_over, frozenset({"db.autostart"})),
        Harm("machine-edited", items, _edited, frozenset({"db.libvirt.clock"})),
    )
