"""What there is on the host for a probe to reach, and what a probe is told of it."""

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.escapes.inside.facts import FACTS, Facts
from tests.escapes.inside.system_calls import call, libc

_KEEP_HERE: Final = Path("/var/tmp")
"""On the file system of the root, which a container with the host's root has as its lowest layer."""
_IPC_CREAT, _IPC_RMID = 0o1000, 0
_OF_EVERY_ROOT: Final = frozenset(
    ["bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outside:
    folder: Path
    """Of the tests; nobody inside may see it, but for ``exchange`` and ``volume``."""
    exchange: Path
    volume: Path
    """With a device node in it."""
    facts: Facts


@contextlib.contextmanager
def outside() -> Iterator[Outside]:
    """Everything goes with it."""
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="virtwright-escapes-", dir=_KEEP_HERE))
        stack.callback(shutil.rmtree, folder)
        marker = Path("/", folder.name)  # a name in the root folder that containers must not show
        marker.mkdir()
        stack.callback(marker.rmdir)
        exchange, volume, secret = folder / "exchange", folder / "volume", folder / "secret"
        exchange.mkdir()
        secret.touch(0o600)
        secret.write_text("a secret of the host")
        _volume(stack, volume)
        process = stack.enter_context(subprocess.Popen(["sleep", "infinity"]))
        stack.callback(process.kill)
        name = f"virtwright-{secrets.token_hex(8)}"
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0{name}")
        abstract.listen()
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        kind, handle = _handle(secret)
        top = tuple({entry.name for entry in Path("/").iterdir()} - _OF_EVERY_ROOT)
        facts = Facts(str(secret), kind, handle.hex(), name, port.getsockname()[1], process.pid, _segment(stack), top)
        (exchange / FACTS).write_text(json.dumps(asdict(facts)))
        _key()
        yield Outside(folder, exchange, volume, facts)


def _volume(stack: contextlib.ExitStack, volume: Path) -> None:
    """A file system of its own, on which device nodes work."""
    volume.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", volume], check=True)
    stack.callback(lambda: subprocess.run(["umount", "--lazy", volume], check=True))
    os.mknod(volume / "device", stat.S_IFCHR | 0o666, os.makedev(1, 8))
    (volume / "device").chmod(0o666)


def _handle(path: Path) -> tuple[int, bytes]:
    """Type and bytes of the file handle, by which whoever may open handles opens the file from anywhere."""
    buffer = ctypes.create_string_buffer((128).to_bytes(4, "little") + bytes(132), 136)
    mount = ctypes.c_int()
    call("name_to_handle_at", -100, str(path).encode(), buffer, ctypes.byref(mount), 0)
    size = int.from_bytes(buffer.raw[:4], "little")
    return int.from_bytes(buffer.raw[4:8], "little", signed=True), buffer.raw[8 : 8 + size]


def _segment(stack: contextlib.ExitStack) -> int:
    key = secrets.randbelow(1 << 30) + 1
    found = libc.shmget(key, ctypes.c_size_t(4096), _IPC_CREAT | 0o666)
    assert found >= 0
    stack.callback(libc.shmctl, found, _IPC_RMID, None)
    return key


def _key() -> None:
    """A key in the session keyring, which what is started from here on inherits; it goes with these processes."""
    call("keyctl", 1, None)
    call("add_key", b"user", b"virtwright-probe", b"x", 1, ctypes.c_int(-3))
