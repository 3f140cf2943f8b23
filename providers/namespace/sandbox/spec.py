"""What one sandbox is made of: plain data that survives as JSON beside the container. Standard library only."""

import json
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from virtwright.lazy_dataclasses import dataclass

HOST: Final = "host"
"""As a layer: the host's own root file system, without what is mounted on it and without its secrets."""
DEFAULT_SECCOMP: Final = "default"
MIB: Final = 1024 * 1024
USUAL_PIDS: Final = 2048
"""Processes and threads of a container where nothing is said, as with Podman."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is None is unlimited."""

    cpus: float | None = None
    """CPUs' worth of time, as 0.5."""
    memory: int | None = None
    """Bytes; swap is not given on top."""
    pids: int | None = None
    """None: ``USUAL_PIDS``; in a privileged machine unlimited."""
    cpu_shares: int | None = None
    """Weight against others when CPUs are short: 2 to 262144, 1024 being usual."""


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A file or folder of the host that appears inside. A target that is missing is made."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file written inside before the first start, in folders made where they are missing."""

    path: str
    content: str
    mode: int = 0o644
    owner: str = ""
    """``user``, ``user:group`` or empty for root, looked up inside."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Exactly one of ``command``, ``tcp`` and ``http`` is set. Times in seconds."""

    command: tuple[str, ...] = ()
    tcp: int | None = None
    http: str | None = None
    """``8080/path``, ``:8080/path`` or ``http://name:8080/path``; asked of 127.0.0.1 inside."""
    interval: float = 10.0
    timeout: float = 5.0
    retries: int = 3
    start_period: float = 0.0


@dataclass(frozen=True, slots=True)
class BootAction:
    """One thing that the init of a system container does at its first start. Which fields count depends on ``op``."""

    op: Literal["write_file", "add_user", "install", "run"]
    file: FileContent | None = None
    """write_file."""
    name: str = ""
    """add_user: the user, who may exist already."""
    uid: int | None = None
    shell: str = ""
    home: str = ""
    groups: tuple[str, ...] = ()
    """add_user: further groups; missing ones are made."""
    password_hash: str = ""
    sudo: str = ""
    """add_user: a sudoers rule, as ``ALL=(ALL) NOPASSWD:ALL``."""
    authorized_keys: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    """run: the command."""
    background: bool = False
    """run: don't wait for its end."""


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """One container. Paths of the host are absolute."""

    id: str
    """Unique in its runtime root; letters, digits, ``-``, ``_`` and ``.``."""
    folder: str
    """The container's own folder on the host. The writable layer is ``folder/layer``."""
    layers: tuple[str, ...] = (HOST,)
    """Root file system: folders, lowest first, or ``HOST``."""
    host_folders: tuple[str, ...] = ()
    """Folders in the host's /opt and /usr/local that the layer ``HOST`` shows; it leaves out all others there."""
    argv: tuple[str, ...] = ()
    """The program; a name without a slash is looked up in the PATH of ``env``. May be empty where init is ``system``."""
    env: dict[str, str] | None = None
    """Beside these PATH, HOME and HOSTNAME are set where they are missing."""
    cwd: str = "/"
    user: str = ""
    """``user`` or ``user:group``, by name or number, looked up inside. Default: root."""
    hostname: str = ""
    """Default: the id."""
    read_only: bool = False
    mounts: tuple[MountPoint, ...] = ()
    """Folders, files and volumes. Files such as ``/etc/hosts`` are bound by inode: rewrite them in place."""
    files: tuple[FileContent, ...] = ()
    netns: str | None = None
    """Path of a network namespace. Default: a new one with only the loopback interface."""
    capabilities: tuple[str, ...] = ()
    """Added to the default set."""
    drop_capabilities: tuple[str, ...] = ()
    """Taken from it; ``ALL`` takes the whole default set."""
    seccomp: str | None = DEFAULT_SECCOMP
    """Path of a compiled filter, ``DEFAULT_SECCOMP``, or None for no filter."""
    user_namespace: bool | None = None
    """Map the container's ids to unprivileged ones of the host. None: where the machine allows it."""
    privileged: bool = False
    """All capabilities, no seccomp filter, no id map, nothing of /proc and /sys masked."""
    limits: Limits = Limits()
    disk_limit: int | None = None
    """Bytes that its writable layer holds. None: what the host's file system has."""
    restart: Literal["no", "on-failure", "always", "unless-stopped"] = "no"
    stop_signal: str = "SIGTERM"
    stop_timeout: float = 10.0
    healthcheck: HealthCheck | None = None
    init: Literal["none", "system"] = "none"
    """``system``: process 1 is ours; it runs ``boot`` once, then ``argv`` if given, and stays until it is stopped."""
    boot: tuple[BootAction, ...] = ()
    log_size: int = 10 * MIB
    log_files: int = 3

    def to_json(self) -> str:
        return encode(self)

    @classmethod
    def from_json(cls, text: str) -> "SandboxSpec":
        """Undoes ``to_json``. Fields that this version does not know are left out; raises ``ValueError`` otherwise."""
        value: SandboxSpec = decode(cls, json.loads(text))
        return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def encode(value: Any) -> str:
    """As JSON; dataclasses, which must have slots, become objects. Makes no copy, unlike ``dataclasses.asdict``."""
    return json.dumps(value, default=_fields)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def decode(kind: Any, value: Any) -> Any:
    """Make a value of the annotated type ``kind`` from what JSON made of it."""
    if is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(value, dict):
            raise ValueError(f"not a {kind.__name__}: {value!r}")
        hints = _hints(kind)
        return kind(**{f.name: decode(hints[f.name], value[f.name]) for f in fields(kind) if f.name in value})
    if get_origin(kind) is tuple:
        return tuple(decode(get_args(kind)[0], item) for item in value)
    if value is not None and (inner := [part for part in get_args(kind) if is_dataclass(part)]):
        return decode(inner[0], value)
    return value
