"""A stack whose machine is on one of two hosts, each with a libvirtd of its own, and what is on either."""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.dying import dies
from tests.libvirt_lab import LibvirtLab
from tests.programs import Item, ListProgram

from virtwright.engine.api import Engine
from virtwright.engine.events import Event, Listener, StepFailed, StepProgress
from virtwright.engine.hosts import open_provider
from virtwright.engine.plan import Plan, Result
from virtwright.engine.state.store import StateStore
from virtwright.engine.step import Op
from virtwright.process import run
from virtwright.providers.libvirt.agent.channel import AgentChannel
from virtwright.providers.libvirt.storage.pools import IMAGES
from virtwright.stacks.keys import Keys

HOSTS: Final = ("one", "two")
ADDRESSES: Final = ("10.99.0.1", "10.99.0.2")
"""Of the hosts, on the line between them."""
LINE: Final = "line0"
SHARED: Final = "shared"
"""The bridge at either end of it."""
GUEST: Final = "10.99.0.9"
"""The address of a guest on those bridges."""
NETS: Final = (
    Item("Network", "here", {"cidr": "10.40.0.0/24"}, host="one"),
    Item("Network", "there", {"cidr": "10.41.0.0/24"}, host="two"),
)
ON_BRIDGE: Final = {"mode": "bridge", "bridge": SHARED}
DATA: Final = Item("Volume", "data", {"size": "16MiB", "format": "raw"})
MACHINE: Final[dict[str, Any]] = {
    "memory": "64MiB",
    "disks": [{"volume": "{data}"}, {"size": "2MiB"}],
    "shutdown_timeout": 0,
    "libvirt": {"type": "qemu"},
}
OWN: Final = "shop_db-0.qcow2"
PATTERN: Final = "write -P 0x5a 64k 128k"


def join(labs: tuple[LibvirtLab, LibvirtLab]) -> None:
    """Lay a cable between the two, with a bridge at either end that guests can be on."""
    ends = [
        word
        for lab, end in zip(labs, ("", "peer"), strict=True)
        for word in (end, "name", LINE, "netns", str(lab.init))
    ]
    run(["ip", "link", "add", *ends[1:5], "type", "veth", *ends[5:]])
    for lab, address in zip(labs, ADDRESSES, strict=True):
        lab.run("ip", "link", "add", SHARED, "type", "bridge")
        lab.run("ip", "link", "set", LINE, "master", SHARED, "up")
        lab.run("ip", "addr", "add", f"{address}/24", "dev", SHARED)
        lab.run("ip", "link", "set", SHARED, "up")


@dataclass
class Meanwhile:
    """Does something, once, when a step tells that it is in the midst of this."""

    saying: str
    work: Callable[[], None]
    done: bool = False

    def __call__(self, event: Event) -> None:
        if not self.done and isinstance(event, StepProgress) and self.saying in event.message and event.fraction:
            self.done = True
            self.work()


@dataclass
class TwoHosts:
    """The stack's state, and both hosts."""

    labs: tuple[LibvirtLab, LibvirtLab]
    home: Path
    events: list[Event] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=lambda: dict(MACHINE))
    more: Sequence[Item] = ()
    shares_network: bool = False
    """Whether its network is the bridge that is at either end of the line."""
    shared: Path | None = None
    """The folder that is the default pool of both; None where each has its own."""
    seen: str = IMAGES
    """Where the hosts see the folder of their default pool."""
    pools: Sequence[str | None] = (None, None)
    """That the volume is in, by host."""

    def program(self, on: int, data: int | None = None) -> ListProgram:
        """The machine on the host with that number, its volume too unless another is said."""
        network = NETS[on].name
        inputs = {**self.inputs, "networks": [{"network": f"{{{network}}}", "mac": "52:54:00:00:00:07"}]}
        db = Item(
            "VirtualMachine", "db", inputs, uses=("data", network, *(each.name for each in self.more)), host=HOSTS[on]
        )
        at = on if data is None else data
        volume = Item("Volume", "data", {**DATA.inputs, "pool": self.pools[at]}, host=HOSTS[at])
        hosts = {
            name: {"uri": lab.uri, "peer_address": address}
            for name, lab, address in zip(HOSTS, self.labs, ADDRESSES, strict=True)
        }
        nets = [replace(each, inputs=ON_BRIDGE) for each in NETS] if self.shares_network else NETS
        return ListProgram(*nets, volume, *self.more, db, hosts=hosts)

    def apply(self, on: int, *, meanwhile: "Meanwhile | None" = None) -> Result:
        self.events.clear()
        listeners: list[Listener] = [self.events.append, *([meanwhile] if meanwhile is not None else [])]
        with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(self.home)})) as store:
            return Engine(store, listeners, opener=open_provider).apply(self.program(on))

    def plan(self, on: int, data: int | None = None) -> Plan:
        with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(self.home)})) as store:
            return Engine(store, opener=open_provider).plan(self.program(on, data))

    def moved(self, on: int) -> None:
        """Apply with the machine on that host, and see that it and all of its are there, and nothing of it on the other."""
        result = self.apply(on)
        assert result.succeeded, self.failures()
        self.assert_on(on)

    def failures(self) -> list[str]:
        return [f"{each.problem.message} {each.problem.hint}" for each in self.events if isinstance(each, StepFailed)]

    def changes(self, on: int) -> list[tuple[str, object]]:
        """What a plan would do."""
        return [(step.urn.name, step.changes) for step in self.plan(on).steps if step.op is not Op.SAME]

    def assert_on(self, on: int) -> None:
        assert self.changes(on) == []
        with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(self.home)})) as store:
            assert store.stack(self.program(on).name).open_operations() == []
        assert [self.machines(number) for number in (on, 1 - on)] == [["shop_db"], []]
        marks = [name for name in self.files(on) if "~" in name]
        assert len(marks) == 2, "of the volume"
        assert [name for name in self.files(on) if name not in marks] == ["shop_data.raw", OWN]
        assert self.shared is not None or self.files(1 - on) == []

    def set_line(self, state: str) -> None:
        """``up`` or ``down``: what is between the two."""
        self.labs[0].run("ip", "link", "set", LINE, state)

    def machines(self, on: int) -> list[str]:
        return sorted(each.name() for each in self.labs[on].api.listAllDomains())

    def domain(self, on: int) -> Any:
        return self.labs[on].api.lookupByName("shop_db")

    def agent(self) -> AgentChannel:
        """Of its machine, wherever that is."""
        on = 0 if self.machines(0) else 1
        return AgentChannel(self.labs[on].connection, self.domain(on).UUIDString(), "shop_db")

    def folder(self, on: int) -> Path:
        """Of the default pool."""
        return self.shared or self.labs[on].folder / "lib/images"

    def files(self, on: int) -> list[str]:
        folder = self.folder(on)
        return sorted(each.name for each in folder.iterdir()) if folder.exists() else []

    def path(self, on: int, name: str) -> Path:
        return self.folder(on) / name

    def running_with_data(self) -> None:
        """On the first host."""
        running, self.inputs = self.inputs, {**self.inputs, "power": "stopped"}
        self.moved(0)
        self.write(0)
        self.inputs = running
        self.moved(0)

    def write(self, on: int) -> None:
        """Something into both disks of a machine that does not run."""
        self.labs[on].run("qemu-io", "-c", PATTERN, self.place(OWN))
        with self.path(on, "shop_data.raw").open("r+b") as file:
            file.seek(1 << 20)
            file.write(random.Random(3).randbytes(12 << 20))

    def place(self, name: str) -> str:
        """Of a file of the default pool, as its host sees it."""
        return f"{self.seen}/{name}"

    def shown(self, on: int, name: str) -> str:
        """A hash of what a guest sees in a disk."""
        shown = "/run/shown"  # the daemon's own; /tmp is the machine's
        self.labs[on].run("qemu-img", "convert", "-U", "-O", "raw", self.place(name), shown)
        return self.labs[on].run("sha256sum", shown).split()[0]

    def content(self, on: int) -> tuple[str, str]:
        """Hashes of what is in the disks."""
        return self.shown(on, OWN), hashlib.sha256(self.path(on, "shop_data.raw").read_bytes()).hexdigest()


def apply_dying(hosts: TwoHosts, on: int, failpoint: str) -> bool:
    """Apply in a process of its own with the failpoint set; whether that process was killed by it."""
    return dies(partial(_apply, hosts.home, hosts.program(on)), failpoint)


def _apply(home: Path, program: ListProgram) -> None:
    with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(home)})) as store:
        Engine(store, opener=open_provider).apply(program)
