"""The namespace runtime as a subject: a private root, and a network namespace of its own as its "host"."""

import json
import os
import shutil
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from tests import image_archives as make
from tests.contract.namespace import census as counting
from tests.contract.namespace import kernel
from tests.contract.namespace.changes import CHANGES
from tests.contract.namespace.harms import HARMS
from tests.contract.namespace.items import BACK, DATA, DB, FARM, OS, SHOP, WEB, altered
from tests.contract.subject import FieldChange, Harm, Sample
from tests.programs import Item
from tests.waiting import until

from virtwright.engine.hosts import Opener, open_provider
from virtwright.engine.state.records import ResourceRecord
from virtwright.providers.namespace.kernel import calls, loopback
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.mounts import mounts_below, unmount
from virtwright.providers.namespace.network.netns import OWN, opened
from virtwright.providers.namespace.paths import Root

WITNESSES = ("web", "app", "db")


def _true_network(subject: "NamespaceSubject", outputs: Mapping[str, Any]) -> None:
    (bridge,) = [each for each in kernel.devices() if each["ifname"] == outputs["bridge"]]
    assert bridge["linkinfo"]["info_kind"] == "bridge"
    assert (outputs["cidr"], outputs["gateway"]) == ("10.40.0.0/24", "10.40.0.1")


def _true_volume(subject: "NamespaceSubject", outputs: Mapping[str, Any]) -> None:
    assert os.path.ismount(outputs["path"])
    assert outputs["size"] == 16 * 1024**2


def _true_image(subject: "NamespaceSubject", outputs: Mapping[str, Any]) -> None:
    assert outputs["reference"] == outputs["digest"]
    assert (subject.root.path / "images" / outputs["digest"].partition(":")[2]).is_dir()


def _true_member(subject: "NamespaceSubject", outputs: Mapping[str, Any]) -> None:
    (one,) = counting.running(subject.root)
    assert outputs["address"] in one.in_network(["ip", "-4", "addr", "show", "dev", "eth0"])
    assert outputs["state"] == "running"


class NamespaceSubject:
    """One root."""

    name: ClassVar[str] = "namespace"
    marks: ClassVar[Sequence[pytest.MarkDecorator]] = (pytest.mark.root,)
    samples: ClassVar[Mapping[str, Sample]] = {
        "Network": Sample(BACK, (), _true_network),
        "Volume": Sample(DATA, (), _true_volume),
        "Image": Sample(OS, (), _true_image),
        "Container": Sample(WEB, (BACK, DATA), _true_member),
        "VirtualMachine": Sample(DB, (BACK, DATA), _true_member),
    }
    changes: ClassVar[Sequence[FieldChange]] = CHANGES
    harms: ClassVar[Sequence[Harm]] = HARMS
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = ((SHOP, "back"), (SHOP, "data"), (FARM, "data"))
    broken: ClassVar[Sequence[tuple[Item, ...]]] = (
        (BACK, DATA, altered(WEB, command=["/no/such/program"])),
        (BACK, DATA, altered(WEB, wait_for={"tcp": 81, "timeout": "0.3s"})),
        (BACK, Item("Network", "other", {"cidr": "10.41.0.0/24", "bridge": "lo"}, after=("back",))),
    )
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = (
        (BACK, DATA, altered(DB, disks=[], namespace={"disk_limit": "16MiB"})),
        (
            altered(BACK, mtu=1400),
            altered(DATA, size="24MiB"),
            altered(DB, disks=[], cpus=2, cloud_init={"hostname": "other"}, namespace={"disk_limit": "24MiB"}),
            altered(WEB, namespace={"disk_limit": "16MiB"}),
        ),
    )
    failpoints: ClassVar[Sequence[str]] = (
        "namespace.step",
        "namespace.record",
        "namespace.network",
        "namespace.volume",
        "namespace.layer",
    )
    stride: ClassVar[int] = 2

    def __init__(self, folder: Path) -> None:
        self._here = folder
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as closing:
            home = closing.enter_context(opened(OWN))
            calls.unshare(k.CLONE_NEWNET)
            closing.callback(calls.setns, home, k.CLONE_NEWNET)
            loopback.bring_up()
            folder = Path(tempfile.mkdtemp(prefix="vw-"))
            closing.callback(shutil.rmtree, folder, ignore_errors=True)
            self._began = kernel.now()
            self.root = Root(folder / "r")
            closing.callback(self.sweep)
            self._make_images()
            self._closing = closing.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @property
    def uri(self) -> str:
        return f"namespace://{self.root.path}"

    @property
    def opener(self) -> Opener:
        return open_provider

    @property
    def arrive(self) -> Callable[[], None]:
        return partial(kernel.join_network, f"/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/net")

    def census(self) -> Counter[str]:
        return counting.census(self.root, self._began)

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        return counting.expected(items)

    def write_data(self, text: str) -> None:
        (self._data() / "precious").write_text(text)

    def read_data(self) -> str | None:
        return kernel.read(self._data() / "precious") or None

    def life(self) -> Sequence[str]:
        return sorted(one.life for name in WITNESSES if (one := self.running(name)) is not None)

    def running(self, name: str) -> kernel.Running | None:
        """The container or machine of this name; None where it does not run."""
        folders = {kernel.group_name(str(folder)) for folder in self.folders(name)}
        return next((each for each in counting.running(self.root) if each.group in folders), None)

    def alive(self, name: str) -> kernel.Running:
        found = self.running(name)
        assert found is not None, f"{name} does not run"
        return found

    def folders(self, name: str) -> list[Path]:
        """The folders of the resource of this name; the runtime's records are read only to find the way."""
        records = [*self.root.path.glob("*/*/record.json")]
        return [path.parent for path in records if json.loads(path.read_text())["stamp"]["urn"].endswith(f"::{name}")]

    def folder(self, name: str) -> Path:
        (folder,) = self.folders(name)
        return folder

    def bridge(self) -> str:
        (device,) = [each["ifname"] for each in kernel.devices() if each["linkinfo"]["info_kind"] == "bridge"]
        return str(device)

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        original = self.folder(record.urn.name)
        twin = original.with_name("0123456789ab")
        shutil.copytree(
            original, twin, symlinks=True, ignore=lambda folder, names: {"control", "layer", "root"} & set(names)
        )
        before = _content(twin)

        def untouched() -> bool:
            same = twin.is_dir() and _content(twin) == before
            shutil.rmtree(twin)
            return same

        return untouched

    def outer_processes(self) -> list[int]:
        """The shims, and whatever else works in the root."""
        return list(counting.outer_processes(self.root, self._began))

    def kill_all(self) -> None:
        """Every process that works for this root, inside and outside."""
        for _ in range(100):
            found = {*counting.group_processes(self.root), *self.outer_processes()}
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not found:
                return
            until("the killed have ended", lambda found=found: not any(map(_alive, found)))  # type: ignore[misc]
        raise AssertionError("processes keep coming")

    def sweep(self) -> None:
        """Take away all of this root that is on the machine, as a reboot would, and its folders."""
        for group in counting.groups(self.root):
            kernel.thaw(group)
        self.kill_all()
        for group in counting.groups(self.root):
            for parent in kernel.group_parents():
                with suppress(OSError):
                    (parent / group).rmdir()
        for folder in (self.root.volatile, self.root.path):
            for mount in mounts_below(folder):
                unmount(mount, lazily=True)
        shutil.rmtree(self.root.volatile, ignore_errors=True)

    def _data(self) -> Path:
        folders = self.folders("data")
        return folders[0] / "data" if folders else Path("/nonexistent")

    def _make_images(self) -> None:
        for name, text in (("one", b"one"), ("two", b"two")):
            content = [*make.busybox_entries(), make.entry("etc/release", text)]
            (self._here / f"{name}.tar").write_bytes(make.tar(content))
        (self._here / "content").mkdir()
        (self._here / "content" / "one.tar").write_text("here")
        (self._here / "moved.tar").write_bytes((self._here / "one.tar").read_bytes())


def _alive(pid: int) -> bool:
    return kernel.read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1] not in ([], ["Z"], ["X"])


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
