"""Machines entered by the system's ``ssh``: straight, or through their host by virtwright's own connection to it."""

import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from virtwright.cli.reach import Source, reach_hosts
from virtwright.cli.session import Session
from virtwright.cli.settings import Settings
from virtwright.errors import HostError, UnsupportedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.hooks import HasLogin, offers
from virtwright.providers.reaching import Login
from virtwright.providers.ssh.account import Account
from virtwright.schemas.values import reveal


@dataclass(frozen=True, slots=True)
class SshOptions:
    """What the user says of the way."""

    user: str | None = None
    identity: Path | None = None
    port: int | None = None
    direct: bool = False
    options: tuple[str, ...] = ()
    """As ssh's own ``-o``."""
    terminal: bool | None = None
    """None: as ssh itself decides."""
    input: bool = True


def ssh(session: Session, resource: str, command: Sequence[str], options: SshOptions) -> int:
    """Returns the exit code, ssh's own. Raises ``VirtwrightError``."""
    with reach_hosts(session.store, session.state()) as hosts:
        source = hosts.operations(resource)
        if not offers(source.operations, HasLogin):
            raise UnsupportedError(
                f"{source.name} is no machine that could be entered by ssh",
                hint=f"for a shell inside:\n    virtwright exec -it {source.name} -- /bin/sh",
            )
        login = source.operations.login(source.id)
    return run_ssh(session, source, login, command, options)


def run_ssh(session: Session, source: Source, login: Login, command: Sequence[str], options: SshOptions) -> int:
    """The same, where the way is known."""
    program = shutil.which("ssh")
    if program is None:
        raise HostError("there is no ssh on this machine", hint="install it:\n    apt-get install openssh-client")
    argv = [program, *_words(session.settings, source, login, options), login.address]
    if command:
        argv.append(shlex.join(command))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is the other side's
    try:
        return subprocess.run(argv, check=False, stdin=None if options.input else subprocess.DEVNULL).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def _words(settings: Settings, source: Source, login: Login, options: SshOptions) -> Iterator[str]:
    """The host key is kept under the machine's own name and id: another machine at its address is another one."""
    record = source.record
    yield from ("-o", f"HostKeyAlias={_alias(source)}")
    for option in options.options:
        yield from ("-o", option)
    if login.behind and not options.direct and record.host is not None:
        yield from ("-o", f"ProxyCommand={_proxy(settings, record.host.name)}")
    if user := options.user or _user(record.inputs) or login.user:
        yield from ("-l", user)
    if options.port is not None:
        yield from ("-p", str(options.port))
    identity = options.identity or _identity(record.inputs)
    if identity is not None:
        yield from ("-i", str(identity))
    if options.terminal is not None:
        yield "-t" if options.terminal else "-T"


def _alias(source: Source) -> str:
    urn = source.record.urn
    parts = (urn.stack, urn.project, urn.name, source.id[:13])
    return re.sub(r"[^A-Za-z0-9.-]", "-", "-".join(dict.fromkeys(parts)))


def _proxy(settings: Settings, host: str) -> str:
    """virtwright again, as the program that leads to the host: with the keys and jump hosts that the stack says. ssh puts in
    address and port."""
    program = [sys.executable, "-P", "-c", "from virtwright.cli.main import main; main()", "host", "forward"]
    more = [word for name in ("state", "stack") if (value := getattr(settings, name)) for word in (f"--{name}", value)]
    return shlex.join([*program, *more, host]).replace("%", "%%") + " '[%h]:%p'"


def _user(inputs: Any) -> str | None:
    """The first one that cloud-init makes."""
    cloud_init = reveal(inputs.get("cloud_init")) or {}
    return next((str(each["name"]) for each in cloud_init.get("users") or ()), None)


def _identity(inputs: Any) -> Path | None:
    """A private key of the user's whose public half cloud-init was given."""
    cloud_init = reveal(inputs.get("cloud_init")) or {}
    lists = [
        cloud_init.get("ssh_authorized_keys"),
        *(each.get("ssh_authorized_keys") for each in cloud_init.get("users") or ()),
    ]
    known = {tuple(str(line).split()[:2]) for lines in lists for line in lines or ()}
    for path in sorted((Account.own().home / ".ssh").glob("*.pub")):
        private = path.with_suffix("")
        if private.is_file() and tuple(path.read_text(errors="replace").split()[:2]) in known:
            return private
    return None
