"""Files over SFTP: whole, verified, and never half-written under their own name."""

import hashlib
import posixpath
import shlex
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from virtwright.errors import HostError, InputError
from virtwright.failpoints import reach
from virtwright.providers.ssh.errors import SshError, SshTimeoutError
from virtwright.providers.ssh.line import Line
from virtwright.providers.ssh.sessions import Sessions
from virtwright.providers.ssh.shell import end_session

if TYPE_CHECKING:
    from paramiko import Channel, SFTPClient

KIND: Final = "sftp"
STALL: Final = 60.0
"""Seconds in which at least one piece of a transfer must be answered."""
_CHUNK: Final = 1 << 18
_CLEANING: Final = 10.0
Progress = Callable[[int, int], None]
"""Bytes done, and bytes in all."""
HashOf = Callable[[str], str | None]
"""The SHA-256 of a file on the host, found there; None where the host has no program for it."""


class Sftp:
    """An SFTP session that is kept for the next transfer."""

    def __init__(self, line: Line, channel: "Channel", deadline: float) -> None:
        from paramiko import SFTPClient
        from paramiko.ssh_exception import SSHException

        self._line = line
        self.channel = channel
        channel.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            channel.invoke_subsystem("sftp")
            self.client: SFTPClient = SFTPClient(channel)
        except (SSHException, OSError, EOFError) as error:
            if not line.alive:
                raise line.broken(sent=False) from error
            raise SshError(
                f"{line.target} offers no SFTP: {error}", hint="its sshd_config needs: Subsystem sftp internal-sftp"
            ) from error
        channel.settimeout(STALL)

    def retire(self) -> None:
        end_session(self.channel)


class Files:
    """Transfers over one line."""

    def __init__(self, line: Line, sessions: Sessions) -> None:
        self._line = line
        self._sessions = sessions

    @contextmanager
    def client(self, what: str, deadline: float) -> "Iterator[SFTPClient]":
        """paramiko's client for SFTP. ``what`` is being done, for an error. Raises ``HostError`` and its kin."""
        sftp = self._sessions.borrow(KIND, deadline, lambda channel: Sftp(self._line, channel, deadline))
        assert isinstance(sftp, Sftp)
        fit = False
        try:
            with self._errors(what):
                yield sftp.client
            fit = True
        except HostError:
            fit = self._line.alive and not sftp.channel.closed
            raise
        finally:
            if fit:
                self._sessions.put_back(KIND, sftp)
            else:
                sftp.channel.close()
                self._sessions.release()

    def upload(
        self, source: Path, target: str, *, mode: int, progress: Progress, hash_of: HashOf, deadline: float
    ) -> str:
        """Returns the SHA-256. The file appears at ``target`` at once and whole, or not at all."""
        digest, size = _hash(source), source.stat().st_size
        folder, name = posixpath.split(target)
        part = posixpath.join(folder, f".{name}.{digest[:16]}.part")
        what = f"upload {shlex.quote(target)}"
        try:
            with self.client(what, deadline) as client, source.open("rb") as file:
                sent = _send(client, file, part, mode, size, progress)
            reach("ssh.uploaded")
            there = hash_of(part)  # no session is held meanwhile: the host may allow one only
            with self.client(what, deadline) as client:
                self._verify(client, part, sent, digest, size, there)
                client.posix_rename(part, target)
        except BaseException:
            self._remove(part)
            raise
        return digest

    def download(self, source: str, target: Path, *, progress: Progress, hash_of: HashOf, deadline: float) -> str:
        """Returns the SHA-256. The file appears at ``target`` at once and whole, or not at all."""
        part = target.with_name(f".{target.name}.part")
        try:
            with self.client(f"download {shlex.quote(source)}", deadline) as client:
                size = client.stat(source).st_size or 0
                with part.open("wb") as file:
                    digest, got = _receive(client, source, file, size, progress)
            if got != size or hash_of(source) not in (None, digest):
                raise SshError(f"{source} changed on {self._line.target} while it was downloaded")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return digest

    def _remove(self, part: str) -> None:
        """What a transfer that failed left; where the line is gone, the next one to the same place overwrites it."""
        if self._line.alive:
            with suppress(HostError), self.client("clean up", time.monotonic() + _CLEANING) as client:
                client.remove(part)

    def _verify(self, client: "SFTPClient", part: str, sent: str, digest: str, size: int, there: str | None) -> None:
        if sent != digest:
            raise InputError.one("the file changed while it was uploaded")
        arrived = client.stat(part).st_size
        if arrived != size or (there or _hash_there(client, part)) != digest:
            raise SshError(f"what arrived on {self._line.target} is not what was sent: the checksum differs")

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        from paramiko.sftp import SFTPError
        from paramiko.ssh_exception import SSHException

        target = self._line.target
        try:
            yield
        except TimeoutError as error:
            raise SshTimeoutError(f"could not {what} on {target}: it answered nothing for {STALL:g}s") from error
        except (OSError, SFTPError, SSHException, EOFError) as error:
            if not self._line.alive or isinstance(error, EOFError):
                raise self._line.broken(sent=True) from error
            reason = getattr(error, "strerror", None) or error
            raise HostError(f"could not {what} on {target}: {_said(str(reason))}") from error


def _send(client: "SFTPClient", source: BinaryIO, part: str, mode: int, size: int, progress: Progress) -> str:
    hasher, done = hashlib.sha256(), 0
    with client.open(part, "wb") as remote:
        client.chmod(part, stat.S_IMODE(mode))
        remote.set_pipelined(True)
        while chunk := source.read(_CHUNK):
            remote.write(chunk)
            hasher.update(chunk)
            done += len(chunk)
            progress(done, size)
    return hasher.hexdigest()


def _receive(client: "SFTPClient", source: str, target: BinaryIO, size: int, progress: Progress) -> tuple[str, int]:
    hasher, done = hashlib.sha256(), 0
    with client.open(source, "rb") as remote:
        remote.prefetch(size)
        while chunk := remote.read(_CHUNK):
            target.write(chunk)
            hasher.update(chunk)
            done += len(chunk)
            progress(done, size)
    return hasher.hexdigest(), done


def _hash(source: Path) -> str:
    try:
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError.one(f"{source} can't be read: {error.strerror}") from error


def _hash_there(client: "SFTPClient", part: str) -> str:
    with client.open(part, "rb") as remote:
        remote.prefetch()
        return hashlib.file_digest(remote, "sha256").hexdigest()


def _said(reason: str) -> str:
    return "the disk may be full, or a quota reached" if reason == "Failure" else reason
