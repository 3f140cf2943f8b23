"""Situations under Pulumi's engine, which names resources anew, retains objects and may lose sight of them: its part is played over gRPC."""

import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from tests.contract.docker import items as docker
from tests.contract.docker.image_changes import BASE as DOCKER_IMAGE
from tests.contract.docker.image_changes import TWO
from tests.contract.libvirt import items as libvirt
from tests.contract.libvirt.machines import DB
from tests.contract.namespace import items as namespace
from tests.contract.namespace.items import altered
from tests.contract.stage import Stage, localised
from tests.contract.swarm import items as swarm
from tests.plugin_lab import EnginePart, Plugin, plugin, urn_of
from tests.programs import Item
from tests.waiting import until

from virtwright.engine.selection import address
from virtwright.schemas.urn import Urn

SLEEPER = Item("Container", "web", {"image": "host", "command": ["sleep", "1000"], "stop_timeout": "0s"})
LONE = Item("VirtualMachine", "vm", {"image": "host", "memory": "64MiB", "shutdown_timeout": "1s"})
OTHER_NET = {"cidr": "10.41.0.0/24"}
Start = Callable[..., AbstractContextManager[Plugin]]


@dataclass(frozen=True)
class Host:
    """A provider, and an item of each kind that needs no other."""

    items: Sequence[Item]
    namesakes: Sequence[Item]
    """The same, so that they can be there at the same time."""
    once: frozenset[str] = frozenset()
    """The kinds whose stamps are written once."""


HOSTS = {
    "namespace": Host(
        (namespace.BACK, namespace.DATA, namespace.OS, SLEEPER, LONE),
        (altered(namespace.BACK, **OTHER_NET), namespace.DATA, altered(namespace.OS, source=TWO), altered(SLEEPER, user="1"), LONE),
    ),
    "docker": Host(
        (docker.BACK, docker.DATA, DOCKER_IMAGE, replace(docker.APP, inputs={**docker.APP.inputs, "volumes": []}, uses=())),
        (
            altered(docker.BACK, **OTHER_NET),
            docker.DATA,
            altered(DOCKER_IMAGE, source=TWO, tags=["shop/other:1"]),
            replace(docker.APP, inputs={**docker.APP.inputs, "volumes": [], "user": "1"}, uses=()),
        ),
        frozenset({"Network", "Volume", "Container"}),
    ),
    "swarm": Host(
        (swarm.BACK, replace(swarm.APP, inputs={**swarm.APP.inputs, "volumes": []}, uses=())),
        (altered(swarm.BACK, **OTHER_NET), replace(swarm.APP, inputs={**swarm.APP.inputs, "volumes": [], "user": "1"}, uses=())),
        frozenset({"Network", "Service"}),
    ),
    "qemu": Host(
        (libvirt.BACK, libvirt.DATA, libvirt.BASE),
        (altered(libvirt.BACK, **OTHER_NET), libvirt.DATA, libvirt.OTHER_BASE),
        frozenset({"Volume", "Image"}),
    ),
    "libvirt-test": Host(
        (libvirt.BACK, replace(DB, inputs={**DB.inputs, "networks": [], "disks": []}, uses=())),
        (altered(libvirt.BACK, **OTHER_NET), replace(DB, inputs={**DB.inputs, "networks": [], "disks": []}, uses=())),
    ),
}  # fmt: skip


@dataclass
class Lab:
    """A host of a provider, and how plugins for it are started."""

    host: Host
    subject: Any
    folder: Path

    def start(self, **environment: str) -> AbstractContextManager[Plugin]:
        return plugin(self.subject.uri, self.folder / "home", **environment)

    def all_lost(self, **environment: str) -> AbstractContextManager[Plugin]:
        return self.start(VIRTWRIGHT_ALLOW_DATA_LOSS="data renamed-data", **environment)

    def here(self, items: Sequence[Item]) -> tuple[Item, ...]:
        return tuple(replace(item, inputs=localised(item.inputs, str(self.folder))) for item in items)

    @property
    def items(self) -> tuple[Item, ...]:
        return self.here(self.host.items)

    @property
    def namesakes(self) -> tuple[Item, ...]:
        return self.here(self.host.namesakes)

    def assert_there(self, items: Sequence[Item]) -> None:
        assert self.subject.census() == self.subject.expected(items)


def _lab(stage: Stage) -> Lab:
    return Lab(HOSTS[stage.subject.name], stage.subject, stage.desk.home.parent)


def aliased(item: Item) -> Item:
    return replace(item, name=f"renamed-{item.name}", was=(item.name,))


def adopted(item: Item) -> Item:
    """Made a part of a component."""
    return replace(item, options={"parent": "shop:index:Part"}, was=(item.name,))


def address_of(item: Item) -> str:
    return address(Urn.parse(urn_of(item)))


def is_told(started: Plugin, *parts: str) -> bool:
    """Within a moment: the plugin does not wait until the engine has heard it."""
    until(f"a message with {parts}", lambda: any(all(part in text for part in parts) for _, text in started.heard))
    return True


def ids(engine: EnginePart) -> dict[str, str]:
    return {name: held.id for name, held in engine.held.items()}


def unchanged(engine: EnginePart, started: Plugin, items: Sequence[Item]) -> bool:
    diffs = engine.up(started, *items, preview=True)
    assert diffs == {}
    return engine.did == []


def _renamed(rename: Callable[[Item], Item], stage: Stage, beside: Path) -> None:
    """The new name is stamped, and the old one is free."""
    lab = _lab(stage)
    engine, items = EnginePart(), lab.items
    with lab.start() as started:
        engine.up(started, *items)
    first, renamed = ids(engine), [rename(item) for item in items]
    stamped = [("update", item.name) for item in renamed if item.kind not in lab.host.once]
    with lab.start() as started:
        engine.up(started, *renamed, preview=True)
        assert engine.did == stamped
        engine.up(started, *renamed)
        assert unchanged(engine, started, renamed)
    live = ids(engine)
    assert list(live.values()) == list(first.values())
    with lab.start() as started:
        assert unchanged(engine, started, renamed)
        engine.up(started, *lab.namesakes, *renamed)
        assert len({*ids(engine).values()}) == 2 * len(items)
        assert {name: id for name, id in ids(engine).items() if name in live} == live
        assert unchanged(engine, started, (*lab.namesakes, *renamed))
        lab.assert_there((*lab.namesakes, *renamed))
    with lab.all_lost() as started:
        engine.up(started, *renamed)
        assert ids(engine) == live and unchanged(engine, started, renamed)
        lab.assert_there(renamed)
        engine.up(started)
    lab.assert_there(())


def _namesake_first(stage: Stage, beside: Path) -> None:
    """The engine speaks of the renamed one only after it had the other made."""
    lab = _lab(stage)
    engine, items = EnginePart(), lab.items
    with lab.start() as started:
        engine.up(started, *items)
    first, renamed = ids(engine), [aliased(item) for item in items]
    with lab.start() as started:
        engine._rename(renamed)
        engine.up(started, *lab.namesakes, *renamed)
        assert [engine.held[item.name].id for item in renamed] == [first[item.name] for item in items]
        assert len({*ids(engine).values()}) == 2 * len(items)
        lab.assert_there((*lab.namesakes, *renamed))
        assert unchanged(engine, started, (*lab.namesakes, *renamed))
    with lab.all_lost() as started:
        engine.up(started)
    lab.assert_there(())


def _retained(stage: Stage, beside: Path) -> None:
    lab = _lab(stage)
    engine, items = EnginePart(), [replace(item, options={"retain_on_delete": True}) for item in lab.items]
    with lab.start() as started:
        engine.up(started, *items)
        retained = ids(engine)
        engine.up(started)
    lab.assert_there(items)
    with lab.start() as started:
        engine.up(started, *lab.namesakes, preview=True)
        for item, id in zip(items, retained.values(), strict=True):
            assert is_told(started, id, f"VIRTWRIGHT_TAKE_OVER={address_of(item)} pulumi up")
        engine.up(started, *lab.namesakes)
        assert not {*ids(engine).values()} & {*retained.values()}
        lab.assert_there((*items, *lab.namesakes))
        assert unchanged(engine, started, lab.namesakes)
    with lab.all_lost() as started:
        engine.up(started)
    lab.assert_there(items)
    with lab.all_lost(VIRTWRIGHT_TAKE_OVER="*") as started:
        engine.up(started, *lab.items)
        assert ids(engine) == retained and unchanged(engine, started, lab.items)
        engine.up(started)
    lab.assert_there(())


def _killed(stage: Stage, beside: Path) -> None:
    lab = _lab(stage)
    engine, items = EnginePart(), lab.items
    with lab.start(VIRTWRIGHT_FAILPOINT=f"plugin.created:{len(items)}=kill") as started:
        with pytest.raises(grpc.RpcError):
            engine.up(started, *items)
        assert started.process.wait(120) == -signal.SIGKILL
    assert engine.held.keys() == {item.name for item in items[:-1]}
    lab.assert_there(items)
    with lab.all_lost() as started:
        engine.up(started)
        assert is_told(started, f"{address_of(items[-1])} (", "was removed")
    lab.assert_there(())


def _lacks(subject: Any) -> str:
    return "" if subject.name in HOSTS else "as QEMU"


Row = tuple[str, str, str, Callable[[Stage, Path], None], Callable[[Any], str]]
PLUGIN_ROWS: Final[Sequence[Row]] = (
    (
        "plugin-alias",
        "Pulumi: a resource gets another name by an alias, and later a new one gets its old name",
        "an update stamps the object anew, or nothing where stamps are written once; the new resource gets an object of its own",
        partial(_renamed, aliased),
        _lacks,
    ),
    (
        "plugin-parent",
        "Pulumi: the same with another parent",
        "the same",
        partial(_renamed, adopted),
        _lacks,
    ),
    (
        "plugin-namesake-first",
        "Pulumi: both in one run, and the new resource is made first",
        "the new resource gets an object of its own",
        _namesake_first,
        _lacks,
    ),
    (
        "plugin-retained",
        "Pulumi: `retainOnDelete` keeps an object, and a new resource gets its name",
        "a warning names the kept object, which is taken over with `VIRTWRIGHT_TAKE_OVER` alone",
        _retained,
        _lacks,
    ),
    (
        "plugin-killed",
        "Pulumi: the plugin is killed in a create, and `pulumi destroy` follows",
        "what the create has made is removed, and a message names it",
        _killed,
        _lacks,
    ),
)
