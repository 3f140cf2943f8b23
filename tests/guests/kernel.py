"""Debian's kernel for clouds, and its modules in the order in which they must be loaded."""

import io
import lzma
import re
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.guests.cache import ROOT, cached
from tests.guests.packages import depends, unpacked
from virtwright.providers.archives import compression

_META: Final = "linux-image-cloud-amd64"
CMDLINE: Final = (
    "console=ttyS0 quiet panic=-1 maxcpus=1 tsc=reliable no_timer_check cryptomgr.notests "
    "initcall_blacklist=jent_mod_init,load_system_certificate_list"
)
"""Without what costs most under emulation: self-tests of ciphers, and the keys that modules are signed with. A second processor is present
and never started: QEMU's emulation of two that run loses a timer now and then, and the guest hangs until it is ended."""
_SETUP_SECTORS: Final = 0x1F1
_PAYLOAD: Final = 0x248
"""Where the header of Linux's x86 boot protocol has the number of its own sectors, and place and length of the packed kernel."""
_SIZE: Final = 4
"""Bytes at the end of the packed kernel: how long it is when it is unpacked."""
_SIGNED: Final = b"~Module signature appended~\n"
_DEPENDS: Final = re.compile(rb"\0depends=([^\0]*)\0")
FIRST: Final = ("virtio_net", "virtio_blk", "button", "evdev", "virtio_balloon")
"""Of every guest."""
THEN: Final = ("virtio_scsi", "sd_mod", "sr_mod", "ahci", "ata_piix", "isofs", "virtio-rng", "i6300esb")
"""Of a guest whose root, or what it does at its first start, lies on a disk: they take an emulated guest as long as a third of its start."""


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel package."""

    folder: Path

    @property
    def image(self) -> Path:
        """As Debian ships it, which firmware can start: a program that unpacks the kernel and jumps into it."""
        (found,) = self.folder.glob("boot/vmlinuz-*")
        return found

    @property
    def plain(self) -> Path:
        """The kernel itself, which QEMU starts where it has no UEFI: unpacking takes an emulated guest a second."""
        return cached(f"kernels/{self.image.name.replace('vmlinuz', 'vmlinux')}", self._unpack)

    def _unpack(self, new: Path) -> None:
        image = self.image.read_bytes()
        start = (image[_SETUP_SECTORS] + 1) * 512
        offset, length = struct.unpack_from("<II", image, _PAYLOAD)
        packed = io.BytesIO(image[start + offset : start + offset + length - _SIZE])
        with new.open("wb") as file:
            shutil.copyfileobj(compression.unpacked(packed), file)

    def modules(self, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
        """Each module, after what it needs."""
        files = {
            path.name.removesuffix(".ko.xz"): path for path in self.folder.glob("usr/lib/modules/*/kernel/**/*.xz")
        }
        done: set[str] = set()
        for name in names:
            yield from _with_needs(name, files, done)


def cloud_kernel() -> Kernel:
    """Downloaded at its first use."""
    kept = sorted((ROOT / "packages").glob("linux-image-[0-9]*"))
    return Kernel(kept[-1] if kept else unpacked(depends(_META, "linux-image-")))


def _with_needs(name: str, files: dict[str, Path], done: set[str]) -> Iterator[tuple[str, bytes]]:
    if name in done:
        return
    done.add(name)
    data = _unsigned(lzma.decompress(files[name].read_bytes()))
    said = _DEPENDS.search(data)
    for each in filter(None, said[1].decode().split(",") if said else ()):
        yield from _with_needs(each, files, done)
    yield name, data


def _unsigned(module: bytes) -> bytes:
    """Format: Linux's ``struct module_signature``. Checking a signature takes a guest longer than all the rest."""
    if not module.endswith(_SIGNED):
        return module
    end = len(module) - len(_SIGNED)
    length = int.from_bytes(module[end - 4 : end], "big")
    return module[: end - 12 - length]
