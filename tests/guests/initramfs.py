"""The guest's whole file system: busybox, modules, the guest agent, and the scripts in ``files/``."""

import hashlib
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.guests.cache import cached
from tests.guests.cpio import FOLDER, Entry, link, pack
from tests.guests.kernel import FIRST, THEN, cloud_kernel
from tests.guests.packages import unpacked

_FILES: Final = Path(__file__).parent / "files"
_BUSYBOX: Final = Path("/usr/bin/busybox")
_LIBRARY: Final = re.compile(r"(/\S+) \(0x")
_FOLDERS: Final = ("bin", "dev", "etc", "lib", "lib64", "lib/modules", "proc", "root", "run", "sbin", "sys",
                   "tmp", "usr", "usr/sbin", "usr/lib", "var", "var/run")  # fmt: skip


def initramfs() -> Path:
    """Made once for each content of ``files/``."""
    return cached(f"initramfs/{digest_of(base_sources())}.cpio", _make)


def base_sources() -> list[Path]:
    return [Path(__file__), *sorted(path for path in _FILES.rglob("*") if path.is_file())]


def digest_of(sources: Iterable[Path]) -> str:
    """Short, for the name of what is made from these files."""
    return hashlib.sha256(b"\0".join(each.read_bytes() for each in sources)).hexdigest()[:16]


def _make(new: Path) -> None:
    new.write_bytes(pack(base_files(THEN) | _agent()))


def base_files(late: tuple[str, ...]) -> dict[str, Entry]:
    """What every guest needs. The modules ``late`` are loaded last."""
    entries = dict.fromkeys(_FOLDERS, FOLDER)
    entries["bin/busybox"] = Entry(_BUSYBOX.read_bytes())
    for applet in subprocess.run([_BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
        entries.setdefault(f"bin/{applet}", link("/bin/busybox"))
    for turn, names in {"first": FIRST, "then": late}.items():
        modules = dict(cloud_kernel().modules(names))
        entries |= {f"lib/modules/{name}.ko": Entry(data) for name, data in modules.items()}
        entries[f"lib/modules/{turn}"] = Entry("".join(f"{name}\n" for name in modules).encode())
    for path in sorted(_FILES.rglob("*")):
        entries[str(path.relative_to(_FILES))] = FOLDER if path.is_dir() else Entry(path.read_bytes())
    return entries


def _agent() -> dict[str, Entry]:
    """QEMU's guest agent, with its libraries from this machine (QEMU itself needs them too)."""
    program = unpacked("qemu-guest-agent") / "usr/sbin/qemu-ga"
    return {"usr/sbin/qemu-ga": Entry(program.read_bytes()), **libraries(program)}


def libraries(program: Path) -> dict[str, Entry]:
    """The shared libraries that a program of this machine needs, and their loader, where it looks for them."""
    told = subprocess.run(["ldd", str(program)], capture_output=True, text=True, timeout=120, check=True).stdout
    paths = [Path(found) for found in _LIBRARY.findall(told)]
    return {
        f"{'lib64' if path.name.startswith('ld-') else 'usr/lib'}/{path.name}": Entry(path.read_bytes())
        for path in paths
    }
