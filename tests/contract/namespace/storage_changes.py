"""Changes of volumes and images. The witness is a container that uses them."""

import os
from pathlib import Path
from typing import Any

from tests.contract.namespace import kernel
from tests.contract.namespace.change import change, in_container, only_noted
from tests.contract.namespace.items import DATA, OS, SHOP, STUDIO, altered
from tests.contract.subject import FieldChange

from virtwright.providers.diff import Impact

MiB = 1024**2


def _spans(low: int, high: int) -> Any:
    def holds(subject: Any) -> None:
        facts = os.statvfs(f"/proc/{subject.alive('web').pid}/root/data")
        assert low * MiB < facts.f_blocks * facts.f_frsize < high * MiB

    return holds


def _full(subject: Any) -> None:
    assert (subject.folder("data") / "disk.ext4").stat().st_blocks * 512 >= 16 * MiB


def _filled(subject: Any) -> None:
    assert subject.alive("web").file("/data/one.tar")


UNLIMITED = altered(DATA, size=None)
UNUSED = (SHOP[0], DATA)
"""Nobody uses the volume: it can be made larger on any machine."""
GROWS_IN_USE = bool(int(kernel.read(Path("/proc/self/status")).partition("CapEff:")[2].split()[0], 16) & 1 << 24)
"""The kernel lets a mounted ext4 grow for CAP_SYS_RESOURCE only, which some test machines lack."""


def _grown(subject: Any) -> None:
    facts = os.statvfs(subject.folder("data") / "data")
    assert 20 * MiB < facts.f_blocks * facts.f_frsize < 32 * MiB


IN_USE = change(SHOP, altered(DATA, size="32MiB"), Impact.LIVE, "size", holds=_spans(20, 32), name="size-in-use")
VOLUMES: tuple[FieldChange, ...] = (
    *((IN_USE,) if GROWS_IN_USE else ()),
    change(SHOP, altered(DATA, labels={"a": "b"}), Impact.LIVE, "labels.a", holds=only_noted),
    change(UNUSED, altered(DATA, size="32MiB"), Impact.LIVE, "size", holds=_grown, name="size-larger"),
    change(SHOP, altered(DATA, size="8MiB"), Impact.DATA_LOSS, "size", holds=_spans(2, 8), name="size-smaller"),
    change(SHOP, DATA, Impact.DATA_LOSS, "size", holds=_spans(8, 16), name="size-given", prior=UNLIMITED),
    change(SHOP, UNLIMITED, Impact.DATA_LOSS, "size", holds=_spans(64, 10**9), name="size-lifted"),
    change(SHOP, altered(DATA, allocation="full"), Impact.LIVE, "allocation", holds=_full),
    change(SHOP, altered(DATA, source={"content": "@here/content"}), Impact.DATA_LOSS, "source", holds=_filled),
)


def _release(text: str) -> Any:
    return in_container("app", lambda one: one.file("/etc/release") == text)


TWO, MOVED = {"archive": "@here/two.tar"}, {"archive": "@here/moved.tar"}
IMAGES: tuple[FieldChange, ...] = (
    change(STUDIO, altered(OS, source=TWO), Impact.RECREATE, "source.archive", "source.sha256", holds=_release("two")),
    change(
        STUDIO, altered(OS, source=MOVED), Impact.LIVE, "source.archive", holds=_release("one"), name="source-moved"
    ),
    change(STUDIO, altered(OS, labels={"a": "b"}), Impact.LIVE, "labels.a", holds=only_noted),
    change(STUDIO, altered(OS, pull="always"), Impact.LIVE, "pull", holds=only_noted),
    change(STUDIO, altered(OS, format="rootfs"), Impact.RECREATE, "format", holds=_release("one")),
)
