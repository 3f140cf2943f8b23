"""QEMU behind a private libvirtd as a subject: shared by the tests of one process and empty for each."""

import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from tests.contract.libvirt import asking, census, copies, machines
from tests.contract.libvirt.changes import CHANGES
from tests.contract.libvirt.harms import HARMS
from tests.contract.libvirt.items import BACK, BASE, COPY, DATA, FILLED, LAYER, OTHER_BASE, ROOT
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm, Sample
from tests.libvirt_lab import SHARED
from tests.programs import Item

from virtwright.engine.hosts import Opener, open_provider
from virtwright.engine.state.records import ResourceRecord


def _true_network(subject: "QemuSubject", outputs: Mapping[str, Any]) -> None:
    found = asking.network(subject.api, "back")
    assert (outputs["id"], outputs["name"]) == (found.UUIDString(), found.name())
    assert (outputs["cidr"], outputs["gateway"]) == ("10.40.0.0/24", "10.40.0.1")
    assert outputs["bridge"] in subject.lab.run("ip", "link")


def _true_volume(subject: "QemuSubject", outputs: Mapping[str, Any]) -> None:
    subject.write_data("seen")
    assert subject.lab.run("head", "-c", "4", outputs["path"]) == "seen"
    assert outputs["size"] == 4 * 1024**2


def _true_image(subject: "QemuSubject", outputs: Mapping[str, Any]) -> None:
    digest = subject.lab.run("sha256sum", outputs["reference"]).split()[0]
    assert outputs["digest"] == f"sha256:{digest}"


class QemuSubject:
    """One daemon, emptied."""

    name: ClassVar[str] = "qemu"
    marks: ClassVar[Sequence[pytest.MarkDecorator]] = (pytest.mark.root,)
    samples: ClassVar[Mapping[str, Sample]] = {
        "Network": Sample(BACK, (), _true_network),
        "Volume": Sample(DATA, (), _true_volume),
        "Image": Sample(BASE, (), _true_image),
        "VirtualMachine": Sample(machines.EMULATED, machines.NEEDS, machines.true_outputs),
    }
    changes: ClassVar[Sequence[FieldChange]] = (*CHANGES, *machines.some_changes(machines.EMULATED))
    harms: ClassVar[Sequence[Harm]] = (*HARMS, *machines.harms(machines.EMULATED)[:2])
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = (
        ((DATA, LAYER), "data"),
        ((BASE, ROOT), "base"),
        ((*machines.NEEDS, machines.EMULATED), "back"),
        ((*machines.NEEDS, machines.EMULATED), "data"),
    )
    broken: ClassVar[Sequence[tuple[Item, ...]]] = (
        (BACK, Item("Network", "other", {"cidr": "10.41.0.0/24", "bridge": "lo"}, after=("back",))),
        (DATA, Item("Volume", "lost", {"source": {"image": "/nowhere.qcow2"}})),
        (Item("Volume", "elsewhere", {"backing": "/nowhere.qcow2"}),),
        (altered(FILLED, size="2MiB", source={"content": "@here/large"}),),
    )
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = (
        (BACK, DATA, BASE),
        (altered(BACK, mtu=1400, dns={"records": [{"name": "db", "address": "10.40.0.9"}]}), DATA, FILLED,
         COPY, OTHER_BASE),
    )  # fmt: skip
    failpoints: ClassVar[Sequence[str]] = ("libvirt.network", "libvirt.volume")
    stride: ClassVar[int] = 20

    def __init__(self, folder: Path) -> None:
        self.here = folder

    def __enter__(self) -> Self:
        self.lab: asking.Daemon = SHARED.get()
        self.lab.sweep()
        write_sources(self.here)
        return self

    def __exit__(self, *_: object) -> None:
        """The next test sweeps it, and the last one ends it."""

    @property
    def api(self) -> Any:
        return self.lab.api

    @property
    def uri(self) -> str:
        return SHARED.get().uri

    @property
    def opener(self) -> Opener:
        return open_provider

    @property
    def arrive(self) -> Callable[[], None]:
        return at_once

    def census(self) -> Counter[str]:
        return census.census(self.lab, self.api)

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        return census.expected(items, real=True)

    def write_data(self, text: str) -> None:
        found = asking.volume_file(self.lab, "data")
        if found is not None:
            with found.open("r+b") as file:
                file.write(text.encode())

    def read_data(self) -> str | None:
        found = asking.volume_file(self.lab, "data")
        if found is None:
            return "precious"
        with found.open("rb") as file:
            return file.read(100).rstrip(b"\0").decode() or None

    def life(self) -> Sequence[str]:
        return machines.lives(self)

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        if record.kind == "VirtualMachine":
            return copies.copy_machine(self.api, record)
        return copies.copy_network(self.api, record) if record.kind == "Network" else copies.copy_pool(self)


def at_once() -> None:
    """The daemon's socket is everywhere."""


def write_sources(here: Path) -> None:
    """Two images and two folders."""
    (here / "content/page").mkdir(parents=True)
    (here / "content/page/one.txt").write_text("here")
    (here / "large").mkdir()
    (here / "large/file").write_bytes(b"x" * 4 * 1024**2)
    for name, size in (("base", "8M"), ("other", "9M")):
        argv = ["qemu-img", "create", "-q", "-f", "qcow2", str(here / f"{name}.qcow2"), size]
        subprocess.run(argv, check=True, timeout=120)
