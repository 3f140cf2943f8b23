"""Fake providers that offer one kind alone: they show that the suite asks nobody for kinds that he does not have."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from tests.contract.fake_subject import BACK, FakeSubject
from tests.contract.subject import FieldChange, Harm, Sample
from tests.fake_provider import FakeProvider, FakeWorld
from tests.programs import Item

from virtwright.engine.hosts import Opener
from virtwright.providers.diff import Impact
from virtwright.schemas.host import Host

APP = Item("Container", "web", {"image": "host"})
Journey = tuple[tuple[Item, ...], tuple[Item, ...]]


def _with(item: Item, **inputs: Any) -> Item:
    return Item(item.kind, item.name, {**item.inputs, **inputs})


def _change(item: Item, field: str, value: Any, impact: Impact, path: str | None = None) -> FieldChange:
    def in_force(subject: FakeSubject) -> None:
        assert subject.world.find(item.name).inputs[field] == value

    after = (_with(item, **{field: value}),)
    return FieldChange(f"{item.kind}.{field}", (item,), after, item.name, impact, (path or field,), in_force)


def _drop(name: str) -> Callable[[FakeSubject], None]:
    return lambda subject: subject.world.drop(subject.uri, subject.world.find(name).id)


def open_partial(folder: Path, kinds: Collection[str], name: str, host: Host) -> FakeProvider:
    """A fake host that offers these kinds alone."""
    return FakeProvider(FakeWorld(folder), host.uri, kinds)


class _PartialSubject(FakeSubject):
    """Of the fake hosts, the kinds of the samples."""

    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = ()
    failpoints: ClassVar[Sequence[str]] = ()
    """A kill knows no kinds: the whole fake provider has been killed everywhere."""

    @property
    def opener(self) -> Opener:
        return partial(open_partial, self.folder, frozenset(self.samples))

    def write_data(self, text: str) -> None:
        raise AssertionError("there are no volumes")

    def read_data(self) -> str | None:
        raise AssertionError("there are no volumes")


class FakeNetworksSubject(_PartialSubject):
    """Networks alone."""

    name: ClassVar[str] = "fake-networks"
    samples: ClassVar[Mapping[str, Sample]] = {"Network": Sample(BACK)}
    changes: ClassVar[Sequence[FieldChange]] = (
        _change(BACK, "labels", {"a": "b"}, Impact.LIVE, "labels.a"),
        _change(BACK, "cidr", "10.41.0.0/24", Impact.RECREATE),
    )
    harms: ClassVar[Sequence[Harm]] = (Harm("deleted", (BACK,), _drop("back"), frozenset({"back"})),)
    journey: ClassVar[Journey] = ((BACK,), (_with(BACK, cidr="10.41.0.0/24"), Item("Network", "front", {})))


class FakeContainersSubject(_PartialSubject):
    """Containers alone."""

    name: ClassVar[str] = "fake-containers"
    samples: ClassVar[Mapping[str, Sample]] = {"Container": Sample(APP)}
    changes: ClassVar[Sequence[FieldChange]] = (
        _change(APP, "labels", {"a": "b"}, Impact.LIVE, "labels.a"),
        _change(APP, "image", "other", Impact.RECREATE),
    )
    harms: ClassVar[Sequence[Harm]] = (Harm("deleted", (APP,), _drop("web"), frozenset({"web"})),)
    journey: ClassVar[Journey] = ((APP,), (_with(APP, image="other"), Item("Container", "app", {"image": "host"})))
