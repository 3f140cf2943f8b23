"""Runs one program confined, waits for it, and ends as it ended. Standard library only."""

import os
import resource
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.cgroups.layout import GROUP
from virtwright.providers.namespace.confining.order import PREFIX, ROOM, Order
from virtwright.providers.namespace.confining.view import enter
from virtwright.providers.namespace.kernel import capabilities, seccomp
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import new_session_keyring, prctl, sethostname, unshare
from virtwright.providers.namespace.kernel.descriptors import keep_only
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox.identity import die_with_parent
from virtwright.providers.namespace.sandbox.spec import Limits

_FAILED: Final = 71
"""The exit status where the program could not be begun."""
_FIRST_ID: Final = 1_879_048_192
"""Ids from here on belong to nobody: each confined program has one of its own, with limits of its own."""
_NAMESPACES: Final = k.CLONE_NEWNS | k.CLONE_NEWNET | k.CLONE_NEWIPC | k.CLONE_NEWUTS


def main() -> None:
    """In a process of its own, as root of the machine."""
    order = Order.from_json(sys.argv[1])
    keep_only(*order.descriptors)
    group = Group(order.group, detect())
    try:
        _tidy()
        group.create(Limits(memory=order.memory, pids=order.processes))
        try:
            status = _waited(order, group)
        finally:
            group.remove()
    except SandboxError as error:
        sys.stderr.write(f"the program can't be confined: {error.message}\n")
        status = _FAILED
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _tidy() -> None:
    """End what is left of programs whose commands were killed, and remove their groups."""
    layout = detect()
    mounts = {*layout.v1.values(), *filter(None, [layout.v2])}
    for folder in {each for mount in mounts for each in (mount / GROUP).glob(f"{PREFIX}*")}:
        if not Path("/proc", folder.name.split("-")[1]).exists():
            Group(folder.name, layout).remove()


def _waited(order: Order, group: Group) -> int:
    parent, engine = os.getpid(), os.pidfd_open(os.getppid())
    unshare(k.CLONE_NEWPID)
    child = os.fork()
    if child == 0:
        _become(order, group, parent)
    for descriptor in order.descriptors:
        os.close(descriptor)  # whoever is at the other end is to see when the program closes it
    _pass_on(child)
    in_time = _wait(os.pidfd_open(child), engine, order.seconds)
    os.kill(child, signal.SIGKILL)  # the first of its namespace takes all others along
    _, told = os.waitpid(child, 0)
    if not in_time:
        sys.stderr.write(f"the program is not trusted, and was ended: it had run for {order.seconds} seconds\n")
    elif group.oom_kills():
        sys.stderr.write("the program is not trusted, and was ended: it took more memory than it may\n")
    status = os.waitstatus_to_exitcode(told)
    return status if status >= 0 else 128 - status


def _wait(child: int, engine: int, seconds: int) -> bool:
    """Until one of both has ended, each a file descriptor of its process; whether that was in time."""
    poll = select.poll()
    for descriptor in (child, engine):
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _pass_on(child: int) -> None:
    """A signal to this process ends the program."""

    def end(number: int, frame: Any) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)


def _become(order: Order, group: Group, parent: int) -> None:
    """Never returns."""
    try:
        group.enter()
        program = Path(order.filter).read_bytes()
        highest = capabilities.last()
        unshare(_NAMESPACES)
        sethostname("confined")
        enter(order)
        _limit(order)
        _drop(_FIRST_ID + parent, program, highest)
        for descriptor in order.descriptors:
            os.set_inheritable(descriptor, True)
        os.execve(order.argv[0], order.argv, order.environment)
    except SandboxError as error:
        sys.stderr.write(f"the program can't be confined: {error.message}\n")
    except OSError as error:
        sys.stderr.write(f"the program can't be confined: {error.filename or ''} {error.strerror}\n")
    finally:
        sys.stderr.flush()
        os._exit(_FAILED)


def _limit(order: Order) -> None:
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 1024),
        (resource.RLIMIT_FSIZE, ROOM),
        (resource.RLIMIT_CPU, order.seconds),
        (resource.RLIMIT_NPROC, order.processes),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _drop(identity: int, program: bytes, highest: int) -> None:
    new_session_keyring()
    prctl(k.PR_SET_NO_NEW_PRIVS, 1)
    capabilities.bound((), highest)
    os.setgroups([])
    os.setresgid(identity, identity, identity)
    os.setresuid(identity, identity, identity)
    capabilities.hold(())
    die_with_parent()  # a change of ids undoes it, and the filter forbids it from here on
    seccomp.install(program)
