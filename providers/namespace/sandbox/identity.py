"""Who a process inside is: the user, its groups, and the privileges it keeps."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.kernel import capabilities, seccomp
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import hide_memory, new_session_keyring, prctl
from virtwright.providers.namespace.kernel.errors import SandboxError, fail
from virtwright.providers.namespace.sandbox import files
from virtwright.providers.namespace.sandbox.spec import SandboxSpec

_LARGEST_ID = (1 << 32) - 2
"""The next one means "leave it as it is" to the kernel."""
Rows = Sequence[list[str]]
"""Of a table, split."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Ids as they are inside."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    name: str


def table(path: str) -> list[list[str]]:
    """The lines of a passwd(5) or group(5) file, split; empty where there is none."""
    try:
        text = files.read(path).decode(errors="replace")
    except OSError:
        return []
    return [line.split(":") for line in text.split("\n") if line.count(":") >= 3]


def resolve(user: str) -> Identity:
    """Look ``user`` (``name``, ``name:group``, by name or number) up in the tables of the current root.

    Raises ``SandboxError`` for a name that is not there; a number may be unknown.
    """
    return choose(user, table("/etc/passwd"), table("/etc/group"))


def choose(user: str, passwd: Rows, groups: Rows) -> Identity:
    """``resolve``, on these tables. Pure.

    A number is an id and never a name: an image must not make root of it by a line of that name (CVE-2016-3697)."""
    wanted, _, group = (user or "0").partition(":")
    row = _row(passwd, wanted)
    if row is None and not wanted.isdecimal():
        raise SandboxError(f"there is no user {wanted} in the image (its /etc/passwd does not name one)")
    uid = _id(row[2] if row else wanted, f"user {wanted}")
    gid = _id(row[3], f"the group of user {wanted}") if row else 0
    home = row[5] if row and len(row) > 5 and row[5] else "/"
    name = row[0] if row else str(uid)
    if group:
        return Identity(uid, _group(group, groups), (), home, name)
    further = (_number(line[2]) for line in groups if name in line[3].split(","))
    return Identity(uid, gid, tuple(number for number in further if number is not None), home, name)


def _group(wanted: str, groups: Rows) -> int:
    row = _row(groups, wanted)
    if row is None and not wanted.isdecimal():
        raise SandboxError(f"there is no group {wanted} in the image (its /etc/group does not name one)")
    return _id(row[2] if row else wanted, f"group {wanted}")


def _row(rows: Rows, wanted: str) -> list[str] | None:
    if wanted.isdecimal():
        number = _id(wanted, "that number")
        return next((row for row in rows if _number(row[2]) == number), None)
    return next((row for row in rows if row[0] == wanted), None)


def _id(text: str, whose: str) -> int:
    if (number := _number(text)) is None:
        raise SandboxError(f"there is no id {text} ({whose}): ids go from 0 to {_LARGEST_ID}")
    return number


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(_LARGEST_ID)) or int(text) > _LARGEST_ID:
        return None
    return int(text)


@dataclass(frozen=True, slots=True)
class Privileges:
    """What a process inside may do. Made while the host's /proc can still be seen."""

    keep: frozenset[int]
    added: frozenset[int]
    highest: int
    """The highest capability of the kernel."""
    filter: bytes | None
    no_new_privileges: bool


def privileges(spec: SandboxSpec) -> Privileges:
    """Raises ``SandboxError``."""
    highest = capabilities.last()
    if spec.privileged:
        return Privileges(capabilities.permitted(), frozenset(), highest, None, no_new_privileges=False)
    dropped = capabilities.DEFAULT if "ALL" in spec.drop_capabilities else frozenset(spec.drop_capabilities)
    added = capabilities.numbers(spec.capabilities)
    if lacking := added - capabilities.permitted():
        names = ", ".join(capabilities.NAMES[number] for number in sorted(lacking))
        raise SandboxError(f"can't give the container {names}: virtwright itself runs without it on this machine")
    keep = capabilities.numbers(capabilities.DEFAULT - dropped) | added
    # A system container has users who may become root inside; the bounding set limits what that gives them.
    return Privileges(keep, added, highest, _filter(spec), no_new_privileges=spec.init != "system")


def _filter(spec: SandboxSpec) -> bytes | None:
    if spec.seccomp is None:
        return None
    try:
        return Path(spec.seccomp).read_bytes()
    except OSError as error:
        fail(error, f"read the seccomp filter {spec.seccomp}")


def assume(identity: Identity, rights: Privileges) -> None:
    """Become ``identity`` with no more than ``rights``. In the container's namespaces, root of its user namespace."""
    new_session_keyring()
    if rights.no_new_privileges:
        prctl(k.PR_SET_NO_NEW_PRIVS, 1)
    if rights.filter is not None:
        seccomp.install(rights.filter)  # without no_new_privs it takes the capabilities that go next
    capabilities.bound(rights.keep, rights.highest)
    if identity.uid:
        prctl(k.PR_SET_KEEPCAPS, 1)
    try:
        # Its own group among them: no program can lay it down then, where files are closed to that group (CVE-2022-36109).
        os.setgroups(list(dict.fromkeys((identity.gid, *identity.groups))))
        os.setresgid(identity.gid, identity.gid, identity.gid)
        os.setresuid(identity.uid, identity.uid, identity.uid)
    except OSError as error:
        fail(error, f"become user {identity.name}")
    if identity.uid:
        capabilities.hold(rights.added, rights.added)
        capabilities.ambient(rights.added)
    else:
        capabilities.hold(rights.keep)
    hide_memory()  # nobody inside may look at this interpreter, in which the init of a system container stays


def die_with_parent() -> None:
    """Be killed when the parent ends. Lost when a process changes its user, so ask after that."""
    prctl(k.PR_SET_PDEATHSIG, signal.SIGKILL)
