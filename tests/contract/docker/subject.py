"""A Docker host as a subject: a private engine, shared by the tests of one process and empty for each."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from tests.contract.docker import asking, census, container_changes, image_changes, storage_changes
from tests.contract.docker.harms import HARMS
from tests.contract.docker.items import APP, BACK, DATA, JOURNEY, SHOP, WEB
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm, Sample
from tests.docker_lab import BUSYBOX, SHARED, DockerLab
from tests.programs import Item

from virtwright.engine.hosts import Opener, open_provider
from virtwright.engine.state.records import ResourceRecord

WITNESSES = ("web", "app")


def _true_network(subject: "DockerSubject", outputs: Mapping[str, Any]) -> None:
    found = asking.network(subject.lab, "back")
    assert (outputs["id"], outputs["name"]) == (found["Id"], found["Name"])
    assert (outputs["cidr"], outputs["gateway"]) == ("10.40.0.0/24", "10.40.0.1")
    assert outputs["bridge"] in subject.lab.run("ip", "link")


def _true_volume(subject: "DockerSubject", outputs: Mapping[str, Any]) -> None:
    subject.write_data("seen")
    assert subject.lab.run("cat", f"{outputs['path']}/precious") == "seen"


def _true_container(subject: "DockerSubject", outputs: Mapping[str, Any]) -> None:
    found = asking.container(subject.lab, "web")
    assert (outputs["id"], outputs["name"]) == (found["Id"], found["Name"][1:])
    assert (outputs["address"], outputs["state"]) == ("10.40.0.10", "running")
    assert outputs["image_digest"] == subject.lab.api.inspect_image(BUSYBOX)["Id"]


class DockerSubject:
    """One engine, emptied."""

    name: ClassVar[str] = "docker"
    marks: ClassVar[Sequence[pytest.MarkDecorator]] = (pytest.mark.root,)
    samples: ClassVar[Mapping[str, Sample]] = {
        "Network": Sample(BACK, (), _true_network),
        "Volume": Sample(DATA, (), _true_volume),
        "Image": Sample(image_changes.BASE, (), image_changes.true_image),
        "Container": Sample(WEB, (BACK, DATA), _true_container),
    }
    changes: ClassVar[Sequence[FieldChange]] = (
        *storage_changes.CHANGES,
        *image_changes.CHANGES,
        *container_changes.CHANGES,
    )
    harms: ClassVar[Sequence[Harm]] = (*HARMS, *image_changes.HARMS)
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = (
        (SHOP, "back"),
        (SHOP, "data"),
        (image_changes.STOCKED, "base"),
    )
    broken: ClassVar[Sequence[tuple[Item, ...]]] = (
        (DATA, altered(APP, command=["/no/such/program"])),
        (DATA, altered(APP, wait_for={"tcp": 81, "timeout": "0.3s"})),
        (DATA, altered(APP, image="sha256:" + "0" * 64)),
        (BACK, Item("Network", "other", {"cidr": "10.41.0.0/24", "bridge": "lo"}, after=("back",))),
        (Item("Volume", "data", {"source": {"content": "@here/nowhere"}}),),
        (image_changes.CUT,),
        (image_changes.BROKEN,),
    )
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = (
        (*JOURNEY[0], image_changes.BASE),
        (*JOURNEY[1], image_changes.OTHER_BASE),
    )
    failpoints: ClassVar[Sequence[str]] = (
        "docker.container",
        "docker.network",
        "docker.volume",
        "docker.files",
        "docker.image",
    )
    stride: ClassVar[int] = 5

    def __init__(self, folder: Path) -> None:
        self._here = folder

    def __enter__(self) -> Self:
        self.lab: DockerLab = SHARED.get()
        self.lab.sweep()
        (self._here / "content" / "page").mkdir(parents=True)
        (self._here / "content" / "page" / "one.txt").write_text("here")
        image_changes.write_sources(self._here)
        return self

    def __exit__(self, *_: object) -> None:
        """The next test sweeps it, and the last one ends it."""

    @property
    def uri(self) -> str:
        return self.lab.uri

    @property
    def opener(self) -> Opener:
        return open_provider

    @property
    def arrive(self) -> Callable[[], None]:
        return at_once

    def census(self) -> Counter[str]:
        return census.census(self.lab)

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        return census.expected(items)

    def write_data(self, text: str) -> None:
        found = asking.volume(self.lab, "data")
        if found is not None:
            self.lab.run("sh", "-c", f"cat > {found['Mountpoint']}/precious", input=text.encode())

    def read_data(self) -> str | None:
        found = asking.volume(self.lab, "data")
        if found is None:
            return "precious"
        return self.lab.run("sh", "-c", f"cat {found['Mountpoint']}/precious 2>/dev/null || true") or None

    def life(self) -> Sequence[str]:
        found = (asking.container(self.lab, name) for name in WITNESSES)
        return sorted(
            f"{each['Id'][:12]} {each['State']['StartedAt']}" for each in found if each and each["State"]["Running"]
        )

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        if record.kind == "Image":
            return image_changes.copy_image(self, record)
        return {"Container": self._copy_container, "Network": self._copy_network, "Volume": self._copy_volume}[
            record.kind
        ](record)

    def _copy_container(self, record: ResourceRecord) -> Callable[[], bool]:
        """As ``docker commit`` and ``docker run`` do: labels go along with the image, and with what is made of it."""
        self.lab.api.commit(record.id, repository="copy", tag="1")
        made = self.lab.api.create_container("copy:1", name="copy")
        before = self.lab.api.inspect_container(made["Id"])
        assert before["Config"]["Labels"]["virtwright.urn"] == str(record.urn)

        def untouched() -> bool:
            same = bool(self.lab.api.inspect_container(made["Id"]) == before)
            self.lab.api.remove_container(made["Id"])
            self.lab.api.remove_image("copy:1")
            return same

        return untouched

    def _copy_network(self, record: ResourceRecord) -> Callable[[], bool]:
        labels = self.lab.api.inspect_network(record.id)["Labels"]
        made = self.lab.api.create_network("copy", labels=labels)

        def untouched() -> bool:
            same = bool(self.lab.api.inspect_network(made["Id"])["Labels"] == labels)
            self.lab.api.remove_network(made["Id"])
            return same

        return untouched

    def _copy_volume(self, record: ResourceRecord) -> Callable[[], bool]:
        labels = self.lab.api.inspect_volume(record.outputs["name"])["Labels"]
        self.lab.api.create_volume("copy", labels=labels)

        def untouched() -> bool:
            same = bool(self.lab.api.inspect_volume("copy")["Labels"] == labels)
            self.lab.api.remove_volume("copy")
            return same

        return untouched

    def copy_as_own(self, record: ResourceRecord) -> Callable[[], bool]:
        """As ``copy``, by somebody who writes the copy's own name into the label that has the name."""
        api = self.lab.api
        if record.kind == "Volume":
            labels = {**api.inspect_volume(record.outputs["name"])["Labels"], "virtwright.name": "copy"}
            api.create_volume("copy", labels=labels)
            return left_alone(lambda: api.inspect_volume("copy"), lambda: api.remove_volume("copy"))
        if record.kind == "Network":
            labels = {**api.inspect_network(record.id)["Labels"], "virtwright.name": "copy"}
            id = api.create_network("copy", labels=labels)["Id"]
            return left_alone(lambda: api.inspect_network(id)["Labels"], lambda: api.remove_network(id))
        found = api.inspect_container(record.id)
        labels = {**found["Config"]["Labels"], "virtwright.name": "copy"}
        id = api.create_container(found["Image"], ["true"], name="copy", labels=labels)["Id"]
        return left_alone(lambda: api.inspect_container(id), lambda: api.remove_container(id))


def left_alone(tell: Callable[[], Any], remove: Callable[[], Any]) -> Callable[[], bool]:
    """Whether what is told now is still told when it is asked; then it is removed."""
    before = tell()

    def untouched() -> bool:
        same = bool(tell() == before)
        remove()
        return same

    return untouched


def at_once() -> None:
    """The engine's socket is everywhere."""
