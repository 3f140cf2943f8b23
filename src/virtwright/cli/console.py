"""A serial console on the terminal: what is typed goes there, what it says comes here, until the escape key."""

import os
import select
import sys
import threading
from typing import Final

from virtwright.cli.reach import reach_hosts
from virtwright.cli.session import Session
from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.hooks import HasConsole, offers
from virtwright.providers.reaching import Duplex
from virtwright.terminal import raw

_TICK: Final = 0.2
"""Seconds until it is noticed that the other side has ended."""


def enter(session: Session, resource: str, *, escape: str, force: bool) -> int:
    """Returns the exit code. Raises ``VirtwrightError``."""
    key = _key(escape)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError.one(
            "a console needs a terminal, and there is none", hint="to read what it said:\n    virtwright logs RESOURCE"
        )
    with reach_hosts(session.store, session.state()) as hosts:
        source = hosts.operations(resource)
        if not offers(source.operations, HasConsole):
            raise UnsupportedError(
                f"{source.name} has no serial console",
                hint=f"machines on libvirt hosts have one; for a shell inside:\n    virtwright exec -it {source.name} -- /bin/sh",
            )
        session.warn(f"Connected to {source.name}. The escape key is {escape}")
        with raw(sys.stdin.fileno()):
            source.operations.console(source.id, lambda console: _carry(console, key), force=force)
        session.warn("\nDisconnected.")
    return 0


def _key(escape: str) -> bytes:
    """``^]`` as the byte that a terminal sends for it."""
    if len(escape) == 2 and escape[0] == "^" and "@" <= escape[1].upper() <= "_":
        return bytes([ord(escape[1].upper()) ^ 0x40])
    raise InputError.one(f"{escape!r} is no key with Control", where=Where(path="--escape"), hint="write it as ^]")


def _carry(console: Duplex, key: bytes) -> None:
    ended = threading.Event()

    def read() -> None:
        while data := console.read():
            os.write(sys.stdout.fileno(), data)
        ended.set()

    reader = threading.Thread(target=read, name="console", daemon=True)
    reader.start()
    while not ended.is_set():
        ready, _, _ = select.select([sys.stdin], [], [], _TICK)
        if not ready:
            continue
        typed, escape, _ = os.read(sys.stdin.fileno(), 1024).partition(key)
        console.write(typed)
        if escape or not typed:
            break
    console.close()
    reader.join(_TICK * 10)
