"""The ``/etc/resolv.conf`` of a container: the host's name servers, as far as they can be reached from inside. Pure."""

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_SOURCES: Final = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
"""The second holds the real servers where the first names a stub on the loopback interface."""


def host_resolvers() -> list[str]:
    """The text of the host's resolver files, the usual one first."""
    return [path.read_text(errors="replace") for path in _SOURCES if path.is_file()]


def resolver_text(sources: Iterable[str]) -> str:
    """The servers of the first source that names any outside the host itself, with its other settings."""
    for text in sources:
        lines = [line for line in text.split("\n") if (words := line.split()) and _is_useful(words)]
        if any(line.startswith("nameserver") for line in lines):
            return "\n".join(lines) + "\n"
    return "# This host names no server that can be reached from inside.\n"


def _is_useful(words: list[str]) -> bool:
    if words[0] != "nameserver":
        return words[0] in ("search", "domain", "options")
    try:
        return len(words) > 1 and not ipaddress.ip_address(words[1]).is_loopback
    except ValueError:
        return False
