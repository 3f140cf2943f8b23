"""Process 1 of a container, from the fork in the shim to the program: it builds the sandbox from within."""

import errno
import fcntl
import json
import os
import signal
import socket
import termios
from pathlib import Path
from typing import NoReturn

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel import loopback
from virtwright.providers.namespace.kernel.calls import hide_memory, mount, sethostname, setns, unshare
from virtwright.providers.namespace.kernel.descriptors import keep_only
from virtwright.providers.namespace.kernel.errors import SandboxError, explain, fail
from virtwright.providers.namespace.sandbox import (
    boot,
    host_devices,
    init,
    mask_layer,
    program,
    rootfs,
    system_mounts,
    working_folder,
)
from virtwright.providers.namespace.sandbox import identity as ids
from virtwright.providers.namespace.sandbox.idmap import acting_as
from virtwright.providers.namespace.sandbox.request import GO, Means, Request, receive
from virtwright.providers.namespace.sandbox.spec import HOST, SandboxSpec
from virtwright.providers.namespace.sandbox.status import is_first

_UNPRIVILEGED_NETWORK = {"ip_unprivileged_port_start": "0", "ping_group_range": "0 2147483647"}


@dataclass(frozen=True, slots=True)
class Cradle:
    """What the child has from its fork."""

    link: socket.socket
    """To the shim: a request from there, lines of JSON to there. The exec closes it."""
    outputs: tuple[int, int]
    """Standard output and standard error."""


@dataclass(frozen=True, slots=True)
class Birth:
    """What the child is to become."""

    spec: SandboxSpec
    group: Group
    means: Means
    owner: int
    """The host's id of the container's root."""
    link: socket.socket
    outputs: tuple[int, int]
    first: bool
    """The first start: files are written and the boot list runs."""


def send(link: socket.socket, **message: object) -> None:
    link.sendall(json.dumps(message).encode() + b"\n")


def become(cradle: Cradle) -> NoReturn:
    """In the forked child, which may be there long before it is needed: never returns."""
    link = cradle.link
    try:
        signal.set_wakeup_fd(-1)
        keep_only(link.fileno(), *cradle.outputs)  # else the other side's end would not be seen
        ids.die_with_parent()
        os.setsid()
        if (received := receive(link)) is None:
            os._exit(127)  # the shim is gone, perhaps before it could be asked to take this process along
        _become(_birth(cradle, *received))
    except SandboxError as error:
        send(link, error=error.message, number=error.number, idmap=isinstance(error, rootfs.IdMapError))
    except Exception as error:  # noqa: BLE001  (told to the shim, whatever it is)
        send(link, error=f"{type(error).__name__}: {error}. This is a bug in virtwright.", number=None, idmap=False)
    finally:
        os._exit(127)


def _birth(cradle: Cradle, packed: bytes, means: Means) -> Birth:
    request = Request.unpacked(packed)
    spec = request.spec
    return Birth(
        spec,
        Group(request.group, detect(), delegated=spec.privileged),
        means,
        request.first_id if means.userns is not None else 0,
        cradle.link,
        cradle.outputs,
        first=is_first(Path(spec.folder)),
    )


def _become(birth: Birth) -> None:
    spec = birth.spec
    birth.group.enter()
    rights = ids.privileges(spec)
    mask = None if birth.means.mask is None else mask_layer.copied(birth.means.mask)
    _isolate(spec)
    devices = host_devices.found() if spec.privileged else ()
    sources = rootfs.collect(spec, birth.means.userns)
    rootfs.enter(spec, birth.means.userns, birth.owner, mask)
    own = (birth.link.fileno(), *birth.outputs, birth.means.userns)
    keep_only(*own, *(source.fd for source in sources))  # every path from here on is the container's
    fresh_run = spec.init == "system" or HOST in spec.layers
    system_mounts.mount_all(birth.owner, run=fresh_run, privileged=spec.privileged)
    if spec.privileged:
        host_devices.make(devices)
        host_devices.mount_cgroups(birth.group.layout)
    rootfs.attach(sources, birth.owner)
    keep_only(*own)
    _standard_streams(birth)
    _enter_folder(spec.cwd, birth.owner)
    who = ids.resolve(spec.user if spec.init == "none" else "")
    for fd in birth.outputs:
        os.fchown(fd, birth.owner + who.uid, birth.owner + who.gid)  # so that /dev/stdout can be opened anew
    _write_files(birth)
    if spec.read_only:
        rootfs.make_read_only()
    _await_go(birth)
    keep_only(birth.link.fileno())
    ids.assume(who, rights)
    ids.die_with_parent()
    _hand_over(birth, who, rights)


def _await_go(birth: Birth) -> None:
    """Its own user namespace comes last of all: what was mounted until now stays out of its reach."""
    if birth.means.userns is not None:
        setns(birth.means.userns, k.CLONE_NEWUSER)
        hide_memory()
        ids.die_with_parent()
    _tell_and_wait(birth.link, built=True)


def _tell_and_wait(link: socket.socket, **message: object) -> None:
    send(link, **message)
    if link.recv(1) != GO:
        os._exit(127)  # the shim is gone


def _isolate(spec: SandboxSpec) -> None:
    kinds = k.CLONE_NEWNS | k.CLONE_NEWUTS | k.CLONE_NEWIPC | k.CLONE_NEWCGROUP
    if spec.netns is None:
        unshare(kinds | k.CLONE_NEWNET)
        loopback.bring_up()
    else:
        try:
            fd = os.open(spec.netns, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            fail(error, f"open the network namespace {spec.netns}")
        try:
            setns(fd, k.CLONE_NEWNET)
        finally:
            os.close(fd)
        unshare(kinds)
    for name, value in _UNPRIVILEGED_NETWORK.items():
        # The namespace belongs to the host's root, so a mapped root can't bind low ports or ping without these.
        Path(f"/proc/sys/net/ipv4/{name}").write_text(value)
    sethostname(spec.hostname or spec.id)


def _write_files(birth: Birth) -> None:
    """By a fork that is root inside, so that owners are what they are inside; the root may be made read-only after."""
    if not (birth.first and birth.spec.files):
        return
    read, write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        try:
            if birth.means.userns is not None:
                setns(birth.means.userns, k.CLONE_NEWUSER)
                os.setresgid(0, 0, 0)
                os.setresuid(0, 0, 0)
            keep_only(write)
            for file in birth.spec.files:
                boot.write_file(file)
        except Exception as error:  # noqa: BLE001  (told to the parent, whatever it is)
            os.write(write, (str(error) or type(error).__name__).encode())
        finally:
            os._exit(0)
    os.close(write)
    problem = os.read(read, 4096)
    os.close(read)
    _, status = os.waitpid(pid, 0)
    if problem or status:
        reason = problem.decode(errors="replace") or "the process that does it was ended, as for want of memory"
        raise SandboxError(f"can't write the files: {reason}")


def _enter_folder(folder: str, owner: int) -> None:
    try:
        with acting_as(owner):
            Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(error, f"enter the working folder {folder}")
    working_folder.enter(folder)


def _standard_streams(birth: Birth) -> None:
    os.umask(0o022)
    if birth.spec.init == "system":
        _console(birth.link)
        return
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, 0)
    for target, fd in enumerate(birth.outputs, start=1):
        os.dup2(fd, target)


def _console(link: socket.socket) -> None:
    """A terminal of the container's own as /dev/console; the shim gets its other end."""
    try:
        master, slave = os.openpty()
        Path("/dev/console").touch()
        mount(os.ttyname(slave), "/dev/console", "", k.MS_BIND)
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        socket.send_fds(link, [b'{"console": true}\n'], [master])
        for target in (0, 1, 2):
            os.dup2(slave, target)
    except OSError as error:
        fail(error, "make a console")


def _hand_over(birth: Birth, who: ids.Identity, rights: ids.Privileges) -> None:
    spec = birth.spec
    env = program.environment(spec.env, who, spec.hostname or spec.id)
    if spec.init == "system":
        _tell_and_wait(birth.link, started=True)  # so that the end of the boot list is not read together with this
        init.run(spec, env, birth.link.fileno(), run_boot=birth.first)
    if not spec.argv:
        raise explain(errno.ENOENT, "start a container without a command")
    program.fresh_signals()
    program.execute(spec.argv, env)
