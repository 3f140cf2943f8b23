"""A machine that goes on running on its way: QEMU sends its memory, and what is in its disks, from host to host.

Both ends are driven through our own connections (a managed, direct migration), so that neither host has to know how to log in to the
other: they only have to reach each other by TCP. https://libvirt.org/migration.html
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import CancelledError, HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.connection.deadline import Call
from virtwright.providers.libvirt.connection.errors import LibvirtError, or_none
from virtwright.providers.libvirt.moving.copying import STEP
from virtwright.providers.libvirt.xml import attribute, from_text

if TYPE_CHECKING:
    from libvirt import virConnect, virDomain

_STALLED: Final = 90.0
"""Seconds without a byte that is sent, after which the hosts are taken not to reach each other."""
_LOOK: Final = 0.5
_MIB: Final = 1024**2
_UNSAFE: Final = 81
"""VIR_ERR_MIGRATE_UNSAFE: two hosts could have other bytes in their caches of one file."""


@dataclass(frozen=True, slots=True)
class Voyage:
    """What libvirt is told of one migration."""

    id: str
    name: str
    address: str
    """At which the host where it is reaches the other one."""
    running: str
    """XML of what is to run there."""
    defined: str
    """XML of what is to be defined there."""
    disks: Sequence[str]
    """Targets of those whose content is sent."""
    layers: bool
    """Only the topmost layer of each is sent; the image below is there."""


class Migrator:
    """From one host to another."""

    def __init__(self, here: LibvirtConnection, there: LibvirtConnection) -> None:
        self._here, self._there = here, there

    def carry_out(self, voyage: Voyage, context: Context) -> None:
        """Returns when the guest runs there and no more here. Raises ``HostError``: then only a look at both hosts tells where it
        runs."""
        work = Call(lambda: self._migrate(voyage, context))
        work.start("libvirt: migrate")
        watch = _Watch(context, voyage.name)
        while not work.over.wait(_LOOK):
            if watch.is_stalled(self._stats(voyage.id)):
                self._sever(voyage.id)
            elif context.cancelled.is_set():
                self._abort(voyage.id)
        try:
            work.outcome()
        except HostError as error:
            context.check()
            raise self._told(voyage, error, stalled=watch.stalled) from error
        reach(STEP)
        context.progress(watch.told(self._stats(voyage.id, completed=True)), 1.0)

    def end_job(self, id: str) -> None:
        """Of a migration whose client is gone: give it up, and wait until it is."""
        end = time.monotonic() + _STALLED
        while self._stats(id).get("type") and time.monotonic() < end:
            self._abort(id)
            time.sleep(_LOOK)

    def _migrate(self, voyage: Voyage, context: Context) -> None:
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        flags = lib.VIR_MIGRATE_LIVE | lib.VIR_MIGRATE_PERSIST_DEST | lib.VIR_MIGRATE_AUTO_CONVERGE
        params: dict[str, Any] = {
            lib.VIR_MIGRATE_PARAM_URI: f"tcp://{_bracketed(voyage.address)}",
            lib.VIR_MIGRATE_PARAM_DEST_XML: voyage.running,
            lib.VIR_MIGRATE_PARAM_PERSIST_XML: voyage.defined,
        }
        if voyage.disks:
            flags |= lib.VIR_MIGRATE_NON_SHARED_INC if voyage.layers else lib.VIR_MIGRATE_NON_SHARED_DISK
            params[lib.VIR_MIGRATE_PARAM_MIGRATE_DISKS] = list(voyage.disks)
        what = f"move the machine {voyage.name} to {self._there.name}"

        def work(here: "virConnect", there: "virConnect") -> None:
            here.lookupByUUIDString(voyage.id).migrate3(there, params, flags)

        self._there.call(
            what,
            lambda there: self._here.call(what, lambda here: work(here, there), context, timeout=FOREVER),
            context,
            timeout=FOREVER,
        )

    def _stats(self, id: str, *, completed: bool = False) -> Mapping[str, Any]:
        """Nothing where there is none, or the host can't be asked now."""
        flags = 1 if completed else 0  # VIR_DOMAIN_JOB_STATS_COMPLETED

        def look(libvirt: "virConnect") -> Mapping[str, Any]:
            domain = or_none(lambda: libvirt.lookupByUUIDString(id))
            return dict(domain.jobStats(flags)) if domain is not None else {}

        try:
            return self._here.call("see how far the move is", look)
        except HostError:
            return {}

    def _abort(self, id: str) -> None:
        try:
            self._here.call("give the move up", lambda libvirt: libvirt.lookupByUUIDString(id).abortJob())
        except HostError:
            return  # it was over just then

    def _sever(self, id: str) -> None:
        """Let QEMU drop its lines to the other host, which lead nowhere: else it waits for them, and the guest with it, for as long as
        TCP does. libvirt itself has no word for that."""
        try:
            self._here.call("give up what does not answer", lambda libvirt: _yank(libvirt.lookupByUUIDString(id)))
        except HostError:
            self._abort(id)

    def _told(self, voyage: Voyage, error: HostError, *, stalled: bool) -> HostError:
        here, there = self._here.name, self._there.name
        if isinstance(error, CancelledError):
            return error
        said = f"nothing was sent for {_STALLED:g}s" if stalled else error.message
        hint = (
            f"{here} has to reach {there} at {voyage.address}, TCP ports 49152 to 49215 (`peer_address` of {there} says "
            "another address);"
        )
        if isinstance(error, LibvirtError) and error.code == _UNSAFE:
            folders = ", ".join(f'"{each}"' for each in _shared_folders(voyage))
            hint = (
                f"libvirt does not know that the file system of its disks is shared; where {here} itself exports it, "
                f"/etc/libvirt/qemu.conf of {here} says so:\n    shared_filesystems = [{folders}]"
            )
        cold = "or let the machine be shut down for it:\n    libvirt: {move: cold}"
        return LibvirtError(f"{voyage.name} could not move to {there} live: {said}", hint=f"{hint}\n{cold}")


class _Watch:
    """How far it is, and whether it goes on."""

    def __init__(self, context: Context, name: str) -> None:
        self._context, self._name = context, name
        self._began = self._moved = time.monotonic()
        self._sent = -1
        self.stalled = False

    def is_stalled(self, stats: Mapping[str, Any]) -> bool:
        """Also where the memory is written faster than it is sent, something is sent."""
        sent, total = int(stats.get("data_processed", 0)), int(stats.get("data_total", 0))
        now = time.monotonic()
        if sent != self._sent:
            self._sent, self._moved = sent, now
            left = int(stats.get("data_remaining", 0))
            message = f"moving {self._name} while it runs: {left // _MIB} MiB left"
            self._context.progress(message, min(1.0, sent / total) if total else None)
        self.stalled = now - self._moved > _STALLED
        return self.stalled

    def told(self, stats: Mapping[str, Any]) -> str:
        took = time.monotonic() - self._began
        paused = f"; the guest stood still for {int(stats['downtime'])} ms" if "downtime" in stats else ""
        return f"moved while it ran, in {took:.1f} s{paused}"


def _shared_folders(voyage: Voyage) -> list[str]:
    """Of the disks that are not sent."""
    disks = from_text(voyage.running).iterfind("devices/disk")
    left = (each for each in disks if attribute(each, "target", "dev") not in voyage.disks)
    paths = (attribute(each, "source", "file") or "" for each in left)
    return sorted({path.rpartition("/")[0] for path in paths if path})


def _yank(domain: "virDomain") -> None:
    """https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-yank.yank"""
    import libvirt_qemu

    known = json.loads(libvirt_qemu.qemuMonitorCommand(domain, '{"execute": "query-yank"}', 0))["return"]
    lines = [each for each in known if _is_of_migration(each)]
    if lines:
        text = json.dumps({"execute": "yank", "arguments": {"instances": lines}})
        libvirt_qemu.qemuMonitorCommand(domain, text, 0)


def _is_of_migration(line: Mapping[str, str]) -> bool:
    """Not a disk of the guest that lies on the network."""
    return line["type"] == "migration" or line.get("node-name", "").startswith("migration-")


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def peer_address(there: LibvirtConnection) -> str | None:
    """At which other hosts reach it; None where nothing says so."""
    if there.host.peer_address is not None:
        return there.host.peer_address
    if not there.is_remote:
        return None
    from virtwright.providers.ssh.resolve import resolve

    return resolve(there.host).host
