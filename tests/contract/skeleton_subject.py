"""The skeleton of ``docs/adding-a-provider.md`` as a subject: volumes that are folders."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from examples.skeleton_provider.folders import FolderProvider
from tests.contract.subject import FieldChange, Harm, Sample
from tests.programs import Item

from virtwright.engine.hosts import Opener
from virtwright.engine.state.records import ResourceRecord
from virtwright.providers.contract import open_checked
from virtwright.providers.diff import Impact

DATA = Item("Volume", "data", {"source": {"content": "@here/seed"}})
LABELLED = Item("Volume", "data", {**DATA.inputs, "labels": {"tier": "db"}})
ELSE = Item("Volume", "data", {"source": {"content": "@here/other"}})
MORE = Item("Volume", "more")
LOST = Item("Volume", "lost", {"source": {"content": "@here/nowhere"}})


def _is_filled(subject: "SkeletonSubject", outputs: Mapping[str, Any]) -> None:
    assert (Path(outputs["path"]) / "greeting").read_text() == "hello"


def _relabel(subject: "SkeletonSubject") -> None:
    file = subject.folder_of("data") / "record.json"
    record = json.loads(file.read_text())
    record["inputs"]["labels"] = {"tier": "web"}
    file.write_text(json.dumps(record))


def _has_labels(subject: "SkeletonSubject") -> None:
    record = json.loads((subject.folder_of("data") / "record.json").read_text())
    assert record["inputs"]["labels"] == {"tier": "db"}


def _is_filled_anew(subject: "SkeletonSubject") -> None:
    assert [each.name for each in (subject.folder_of("data") / "data").iterdir()] == ["other"]


def at_home() -> None:
    """A folder is where every process is."""


class SkeletonSubject:
    """A folder of its own."""

    name: ClassVar[str] = "skeleton"
    marks: ClassVar[Sequence[pytest.MarkDecorator]] = ()
    samples: ClassVar[Mapping[str, Sample]] = {"Volume": Sample(DATA, outputs=_is_filled)}
    changes: ClassVar[Sequence[FieldChange]] = (
        FieldChange("Volume.labels", (DATA,), (LABELLED,), "data", Impact.LIVE, ("labels.tier",), _has_labels),
        FieldChange("Volume.source", (DATA,), (ELSE,), "data", Impact.DATA_LOSS, ("source.content",), _is_filled_anew),
    )
    harms: ClassVar[Sequence[Harm]] = (
        Harm("relabelled", (LABELLED,), _relabel, frozenset({"data.labels.tier"})),
        Harm("deleted", (DATA,), lambda subject: shutil.rmtree(subject.folder_of("data")), frozenset({"data"}), "lost"),
    )
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = ()
    broken: ClassVar[Sequence[tuple[Item, ...]]] = ((DATA, LOST),)
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = ((DATA,), (LABELLED, MORE))
    failpoints: ClassVar[Sequence[str]] = ("folders.create", "folders.delete")
    stride: ClassVar[int] = 1

    def __init__(self, folder: Path) -> None:
        self._root = folder / "volumes"
        for name, file in (("seed", "greeting"), ("other", "other")):
            (folder / name).mkdir()
            (folder / name / file).write_text("hello")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The test's folder goes, and all with it."""

    @property
    def uri(self) -> str:
        return f"folders://{self._root}"

    @property
    def opener(self) -> Opener:
        return partial(open_checked, FolderProvider)

    @property
    def arrive(self) -> Callable[[], None]:
        return at_home

    def census(self) -> Counter[str]:
        return Counter("folder" if each.is_dir() else "file" for each in self._root.glob("*"))

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        return Counter({"folder": len(items)} if items else ())

    def write_data(self, text: str) -> None:
        (self.folder_of("data") / "data" / "text").write_text(text)

    def read_data(self) -> str | None:
        file = self.folder_of("data") / "data" / "text"
        return file.read_text() if file.exists() else None

    def life(self) -> Sequence[str]:
        return ()

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        copied = self._root / "copy"
        shutil.copytree(self._root / str(record.id), copied)
        before = (copied / "record.json").read_text()

        def untouched() -> bool:
            now = (copied / "record.json").read_text()
            shutil.rmtree(copied)
            return now == before

        return untouched

    def folder_of(self, name: str) -> Path:
        """By the host's own files, not by the provider."""
        return next(
            each.parent
            for each in self._root.glob("*/record.json")
            if json.loads(each.read_text())["stamp"]["virtwright.urn"].endswith(f"::{name}")
        )
