"""From a host's URI, its settings in the stack and ``ssh_config`` to where the connection goes. Nothing is connected to."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.ssh.account import Account
from virtwright.providers.ssh.config_file import ConfigFiles, Settings
from virtwright.providers.ssh.host_key_pin import HostKeyPin
from virtwright.providers.ssh.names import checked_host, checked_port, checked_user, split_place
from virtwright.providers.ssh.target import PORT, SshTarget
from virtwright.providers.ssh.tokens import Tokens
from virtwright.schemas.host import Host, SshSettings

_MOST_HOPS: Final = 8
_DEFAULT_KEYS: Final = ("id_rsa", "id_ecdsa", "id_ed25519")
_KNOWN: Final = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_KNOWN_GLOBAL: Final = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_CONFIG: Final = "the SSH configuration"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What this machine and its user bring along."""

    account: Account = field(default_factory=Account.own)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    config_files: tuple[Path, ...] | None = None
    """In the place of the user's and the system's."""

    @property
    def files(self) -> tuple[Path, ...]:
        if self.config_files is not None:
            return self.config_files
        return (self.account.home / ".ssh" / "config", Path("/etc/ssh/ssh_config"))


def resolve(host: Host, surroundings: Surroundings | None = None) -> SshTarget:
    """Settings of the stack come before the URI, the URI before ``ssh_config``, that before the defaults.

    Raises ``InputError`` for names that are none, and for a configuration that can't be understood."""
    parts = urlsplit(host.uri)
    if not parts.hostname:
        raise InputError.one(f"the URI names no host: {host.uri}", hint="write it as docker+ssh://root@web1")
    name = checked_host(unquote(parts.hostname), "the URI")
    user = checked_user(unquote(parts.username), "the URI") if parts.username else None
    return _Resolver(host.ssh, surroundings or Surroundings()).resolve(
        name, host.ssh.user or user, host.ssh.port or parts.port, host.ssh.jump, ()
    )


class _Resolver:
    def __init__(self, ssh: SshSettings, surroundings: Surroundings) -> None:
        self._ssh = ssh
        self._here = surroundings
        self._config = ConfigFiles(surroundings.files, surroundings.account.home)

    def resolve(
        self, name: str, user: str | None, port: int | None, jump: str | None, seen: Sequence[str]
    ) -> SshTarget:
        """``jump`` goes before the configuration's; ``seen`` are the hosts that are reached through this one."""
        place = f"{name}:{port}" if port is not None else name  # one name may lead to several servers, by their ports
        if place in seen or len(seen) > _MOST_HOPS:
            raise InputError.one(f"the jump hosts go round in a circle: {' through '.join((*seen, place))}")
        first = {"User": user, "Port": port, "ProxyJump": jump}
        given = {key: str(value) for key, value in first.items() if value is not None}
        settings = self._config.lookup(name, given)
        target = self._target(name, settings, final=not seen)
        way = settings.first_of("proxyjump", "proxycommand")
        if way == "proxyjump" and (hops := settings.word("proxyjump")):
            return replace(target, jump=self._hops(hops, (*seen, place)))
        if way == "proxycommand" and (command := settings.whole("proxycommand")):
            return replace(target, proxy_command=self._tokens(name, target).text(command))
        return target

    def _hops(self, text: str, seen: Sequence[str]) -> SshTarget:
        *before, last = text.split(",")
        user, name, port = split_place(last.strip(), "ProxyJump")
        return self.resolve(name, user, port, ",".join(before) or None, seen)

    def _target(self, name: str, settings: Settings, *, final: bool) -> SshTarget:
        port = settings.word("port")
        plain = SshTarget(
            host=checked_host((settings.word("hostname") or name).replace("%h", name), _CONFIG),
            user=checked_user(settings.word("user") or self._here.account.name, _CONFIG),
            port=checked_port(port, _CONFIG) if port else PORT,
            key_name=self._key_name(settings),
            connect_timeout=self._seconds("connect_timeout", settings.number("connecttimeout")),
            keepalive=self._seconds("keepalive", settings.number("serveraliveinterval") or None),
            keepalive_count=max(1, settings.number("serveralivecountmax") or 3),
        )
        tokens = self._tokens(name, plain)
        named = [tokens.path(each) for each in settings.words("identityfile")]
        mine = [tokens.path(self._ssh.identity_file)] if self._ssh.identity_file else []
        return replace(
            plain,
            known_hosts=self._known_hosts(settings, tokens),
            pin=HostKeyPin.parse(self._ssh.host_key) if final and self._ssh.host_key else None,
            identity_files=tuple(dict.fromkeys([*mine, *named] if final else [*named, *mine])),
            default_identity_files=tuple(str(self._here.account.home / ".ssh" / each) for each in _DEFAULT_KEYS),
            certificate_files=tuple(tokens.path(each) for each in settings.words("certificatefile")),
            agent=self._agent(settings, tokens),
            identities_only=settings.flag("identitiesonly"),
            password=self._ssh.password if final else None,
        )

    def _key_name(self, settings: Settings) -> str:
        alias = settings.word("hostkeyalias")
        return checked_host(alias, _CONFIG) if alias else ""

    def _seconds(self, name: str, configured: int | None) -> float:
        """The stack's where it was written there; then the configuration's; then the default."""
        value = float(getattr(self._ssh, name))
        return value if name in self._ssh.model_fields_set or configured is None else float(configured)

    def _known_hosts(self, settings: Settings, tokens: Tokens) -> tuple[str, ...]:
        if self._ssh.known_hosts:
            return (tokens.path(self._ssh.known_hosts),)
        users = settings.words("userknownhostsfile") if settings.first_of("userknownhostsfile") else list(_KNOWN)
        shared = settings.words("globalknownhostsfile") if settings.first_of("globalknownhostsfile") else _KNOWN_GLOBAL
        return tuple(tokens.path(each) for each in (*users, *shared))

    def _agent(self, settings: Settings, tokens: Tokens) -> str | None:
        own = settings.first_of("identityagent")
        name = settings.word("identityagent") if own else "SSH_AUTH_SOCK"
        if name is None:
            return None
        if name == "SSH_AUTH_SOCK" or name.startswith("$"):
            return self._here.environment.get(name.strip("${}")) or None
        return tokens.path(name)

    def _tokens(self, name: str, target: SshTarget) -> Tokens:
        here = self._here
        full = socket.gethostname()
        values = {
            "d": str(here.account.home),
            "h": target.host,
            "k": target.key_name or name,
            "L": full.partition(".")[0],
            "l": full,
            "n": name,
            "p": str(target.port),
            "r": target.user,
            "u": here.account.name,
        }
        return Tokens(values, here.account.home, here.environment)
