"""Names of users and hosts that mean nothing else to a shell, an option parser or a file."""

import fnmatch
import ipaddress
import re
from typing import Final

from virtwright.errors import InputError
from virtwright.schemas.text import ACCOUNT, printable

_USER: Final = re.compile(ACCOUNT)
_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_LONGEST_HOST: Final = 253
_PORTS: Final = range(1, 65536)


def checked_user(user: str, source: str) -> str:
    """Raises ``InputError`` for what is no plain account name; ``source`` says where it stood."""
    if not _USER.fullmatch(user):
        raise InputError.one(
            f"{source} has a user that is not a plain name: '{printable(user)}'",
            hint="a user's name has letters, digits, '_', '.' and '-', begins with no '-', and is at most 64 long",
        )
    return user


def checked_host(host: str, source: str) -> str:
    """A host's name or address, in lower case. Raises ``InputError``; ``source`` says where it stood."""
    bare = host.removeprefix("[").removesuffix("]")
    if _is_address(bare) or (_HOST.fullmatch(bare) and len(bare) <= _LONGEST_HOST):
        return bare.lower()
    raise InputError.one(
        f"{source} has a host that is neither a name nor an address: '{printable(host)}'",
        hint="write it as kvm1, kvm1.example.org, 192.0.2.7 or [2001:db8::7]",
    )


def checked_port(port: str, source: str) -> int:
    """Raises ``InputError``; ``source`` says where it stood."""
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) in _PORTS):
        raise InputError.one(f"{source} has a port that is no number from 1 to 65535: '{printable(port)}'")
    return int(port)


def split_place(text: str, source: str) -> tuple[str | None, str, int | None]:
    """User, host and port of ``[user@]host[:port]`` or ``ssh://...``. Raises ``InputError``."""
    plain = text.removeprefix("ssh://").removesuffix("/")
    user, found, place = plain.rpartition("@")
    pattern = "(.*)()" if _is_address(place) else r"(\[[^\]]*\]|[^:]*)(?::(.*))?"
    match = re.fullmatch(pattern, place, flags=re.DOTALL)
    if match is None:
        raise InputError.one(f"{source} has a host that can't be read: '{printable(text)}'")
    port = checked_port(match[2], source) if match[2] else None
    return checked_user(user, source) if found else None, checked_host(match[1], source), port


def matches(name: str, pattern: str) -> bool:
    """Whether a host's name fits a pattern of OpenSSH's, which knows ``*`` and ``?`` only."""
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text or re.fullmatch(r"[0-9a-fA-F:.]+%[A-Za-z0-9_.]+", text) is not None
