"""The fake provider as a subject: it shows that the suite itself can be passed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from tests.contract.subject import FieldChange, Harm, Sample
from tests.fake_provider import FakeObject, FakeProvider, FakeWorld
from tests.programs import Item

from virtwright.engine.hosts import Opener
from virtwright.engine.state.records import ResourceRecord
from virtwright.providers.diff import Impact
from virtwright.schemas.host import Host
from virtwright.schemas.values import Secret

BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "1GiB"})
WEB = Item(
    "Container",
    "web",
    {"image": "host", "networks": ["{back}"], "volumes": [{"volume": "{data}", "mount": "/d"}],
     "environment": {"TOKEN": Secret("s3cret")}},
    uses=("back", "data"),
)  # fmt: skip
DB = Item("VirtualMachine", "db", {"networks": ["{back}"], "disks": [{"volume": "{data}"}]}, uses=("back", "data"))
OS = Item("Image", "os", {"source": "debian:13"})
SERVICE = Item("Service", "front", {"image": "host"})
ALL = (BACK, DATA, WEB, DB)


def _with(item: Item, **inputs: Any) -> Item:
    return Item(item.kind, item.name, {**item.inputs, **inputs}, item.uses)


def _change(item: Item, field: str, value: Any, impact: Impact, path: str | None = None) -> FieldChange:
    changed = _with(item, **{field: value})
    after = tuple(changed if each is item else each for each in ALL)

    def in_force(subject: "FakeSubject") -> None:
        assert subject.world.find(item.name).inputs[field] == value

    return FieldChange(f"{item.kind}.{field}", ALL, after, item.name, impact, (path or field,), in_force)


def _alter(name: str, **inputs: Any) -> Callable[["FakeSubject"], None]:
    def do(subject: "FakeSubject") -> None:
        item = subject.world.find(name)
        item.inputs |= inputs
        subject.world.put(subject.uri, item)

    return do


def _break(subject: "FakeSubject") -> None:
    item = subject.world.find("web")
    item.broken = True
    subject.world.put(subject.uri, item)


def _rename(subject: "FakeSubject") -> None:
    item = subject.world.find("web")
    item.name, item.marked = "web-old", item.name
    subject.world.put(subject.uri, item)


def _drop(name: str) -> Callable[["FakeSubject"], None]:
    return lambda subject: subject.world.drop(subject.uri, subject.world.find(name).id)


def open_fake(folder: Path, name: str, host: Host) -> FakeProvider:
    """The fake hosts kept in a folder, for any process."""
    return FakeWorld(folder).open(name, host)


def at_home() -> None:
    """The fake hosts are everywhere."""


class FakeSubject:
    """Fake hosts in a folder."""

    name: ClassVar[str] = "fake"
    marks: ClassVar[Sequence[pytest.MarkDecorator]] = ()
    samples: ClassVar[Mapping[str, Sample]] = {
        "Network": Sample(BACK),
        "Volume": Sample(DATA),
        "Image": Sample(OS),
        "Container": Sample(WEB, (BACK, DATA)),
        "VirtualMachine": Sample(DB, (BACK, DATA)),
        "Service": Sample(SERVICE),
    }
    changes: ClassVar[Sequence[FieldChange]] = (
        _change(BACK, "labels", {"a": "b"}, Impact.LIVE, "labels.a"),
        _change(BACK, "mtu", 1400, Impact.LIVE),
        _change(BACK, "cidr", "10.41.0.0/24", Impact.RECREATE),
        _change(DATA, "size", 2 * 1024**3, Impact.LIVE),
        _change(DATA, "size", 1024**2, Impact.DATA_LOSS),
        _change(WEB, "image", "other", Impact.RECREATE),
        _change(DB, "cpus", 2, Impact.LIVE),
        _change(DB, "memory", 2 * 1024**3, Impact.REBOOT),
    )
    harms: ClassVar[Sequence[Harm]] = (
        Harm("edited", ALL, _alter("web", description="x"), frozenset({"web.description"})),
        Harm("broken", ALL, _break, frozenset({"web.running"})),
        Harm("renamed", ALL, _rename, frozenset({"web.name"})),
        Harm("deleted", ALL, _drop("web"), frozenset({"web"})),
        Harm("network-deleted", ALL, _drop("back"), frozenset({"back"})),
    )
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = ((ALL, "back"), (ALL, "data"))
    broken: ClassVar[Sequence[tuple[Item, ...]]] = ()
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = (
        (BACK, DATA, DB),
        (_with(BACK, cidr="10.41.0.0/24"), _with(DATA, labels={"a": "b"}), _with(DB, cpus=2), WEB),
    )
    failpoints: ClassVar[Sequence[str]] = tuple(
        f"fake.{method}.{moment}" for method in ("create", "update", "delete") for moment in ("before", "half")
    )
    stride: ClassVar[int] = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "hosts"
        self.world = FakeWorld(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The test's folder goes, and all with it."""

    @property
    def uri(self) -> str:
        return "fake://one"

    @property
    def opener(self) -> Opener:
        return partial(open_fake, self.folder)

    @property
    def arrive(self) -> Callable[[], None]:
        return at_home

    def census(self) -> Counter[str]:
        return Counter(item.kind for item in self.world.objects())

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        return Counter(item.kind for item in items)

    def write_data(self, text: str) -> None:
        item = self.world.find("data")
        item.data = text
        self.world.put(self.uri, item)

    def read_data(self) -> str | None:
        return next((item.data or None for item in self.world.objects() if item.stamp.urn.endswith("::data")), None)

    def life(self) -> Sequence[str]:
        return ()

    def copy_as_own(self, record: ResourceRecord) -> Callable[[], bool]:
        """As ``copy``, with a stamp that names the copy."""
        original = self.world.get(self.uri, record.id or "")
        assert original is not None
        return self._left(
            replace(original, id=f"0-{original.id}", stamped=f"0-{original.id}", name="copy", made="2026")
        )

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        original = self.world.get(self.uri, record.id or "")
        assert original is not None
        return self._left(
            FakeObject(f"copy-{original.id}", original.kind, original.stamp, original.inputs, stamped=original.id)
        )

    def _left(self, twin: FakeObject) -> Callable[[], bool]:
        twin.inputs = {
            name: value for name, value in twin.inputs.items() if name not in ("networks", "volumes", "disks")
        }
        self.world.put(self.uri, twin)

        def untouched() -> bool:
            found = self.world.get(self.uri, twin.id)
            if found == twin:
                self.world.drop(self.uri, twin.id)
                return True
            return False

        return untouched
