"""What a lab has made on this machine, asked of the kernel: to be empty again after its end."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.operator_lab import left_of

from virtwright.process import run
from virtwright.providers.namespace import supervisor
from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.network.firewall import table_name
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.sandbox.status import group_name


@dataclass(frozen=True)
class Census:
    """Names by which the kernel's objects of a runtime's machines can be found, noted while these run."""

    root: Root
    namespaces: tuple[int, ...]
    """The machines' pid namespaces, held open so that their numbers are not given to others."""
    groups: tuple[Path, ...]
    links: frozenset[str]

    @classmethod
    def of(cls, root: Root) -> "Census":
        folders = list(root.kind_folder("VirtualMachine").glob("*"))
        leaders = [process.pid for folder in folders if (process := supervisor.status(folder).process)]
        names = [group_name(folder.name, folder) for folder in folders]
        groups = [place for name in names for place in Group(name, detect(), delegated=True).folders]
        return cls(root, tuple(map(_pid_namespace, leaders)), tuple(groups), frozenset(_links(leaders)))

    def close(self) -> None:
        for fd in self.namespaces:
            os.close(fd)

    def left(self) -> list[str]:
        """What is still there."""
        found = left_of(self.root)
        found += [str(place) for place in self.groups if place.exists()]
        found += [f"process {pid}" for pid in _members(self.namespaces)]
        found += [f"link {name}" for name in self.links & {path.name for path in Path("/sys/class/net").iterdir()}]
        found += [name for name in [table_name(self.root)] if name in run(["nft", "list", "tables"]).stdout]
        return found + _loops(str(self.root.path))


def _pid_namespace(pid: int) -> int:
    return os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def _members(namespaces: Iterable[int]) -> Iterator[str]:
    wanted = {os.fstat(fd).st_ino for fd in namespaces}
    for link in Path("/proc").glob("[0-9]*/ns/pid"):
        with suppress(OSError):
            if link.stat().st_ino in wanted:
                yield link.parent.parent.name


def _links(leaders: list[int]) -> Iterator[str]:
    """The outer ends of the machines' cables, and the bridges that these are in."""
    indexes = {(Path(f"/proc/{pid}/root/sys/class/net/eth0/iflink")).read_text().strip() for pid in leaders}
    for path in Path("/sys/class/net").iterdir():
        if (path / "ifindex").read_text().strip() in indexes:
            yield path.name
            yield (path / "master").resolve().name


def _loops(folder: str) -> list[str]:
    found = []
    for path in Path("/sys/block").glob("loop*/loop/backing_file"):
        with suppress(OSError):
            if folder in (file := path.read_text()):
                found.append(f"{path.parent.parent.name}: {file}")
    return found
