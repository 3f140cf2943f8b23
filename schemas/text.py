"""Kinds of text: names, addresses, paths. Each refuses what could mean something else to a shell, XML or a file system."""

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator, Field

NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text with every control, format and line-breaking character written as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _clean(text: str) -> str:
    if found := _CONTROL.search(text):
        raise ValueError(f"holds the control character U+{ord(found[0]):04X}")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError("must be one line")
    return _clean(text)


def _absolute(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError(f"must be an absolute path, not {text!r}")
    if ".." in text.split("/"):
        raise ValueError("must not hold '..'")
    return text.rstrip("/") or "/"


def _canonical(parse: Callable[[str], object]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        return str(parse(text))

    return convert


def _mac(text: str) -> str:
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", text):
        raise ValueError(f"not a MAC address: {text!r} (write 52:54:00:12:34:56)")
    return text.lower().replace("-", ":")


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""A name: letters, digits, ``_``, ``.`` and ``-``, at most 63, starting with a letter or digit."""
Text = Annotated[str, AfterValidator(_clean)]
"""Text of any length without control characters."""
Line = Annotated[str, AfterValidator(_one_line)]
"""One line of text without control characters."""
AbsolutePath = Annotated[str, AfterValidator(_one_line), AfterValidator(_absolute)]
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
Hostname = Annotated[str, Field(max_length=253, pattern=rf"^{_LABEL}(\.{_LABEL})*$")]
Address4 = Annotated[str, AfterValidator(_canonical(ipaddress.IPv4Address))]
Address6 = Annotated[str, AfterValidator(_canonical(ipaddress.IPv6Address))]
Address = Annotated[str, AfterValidator(_canonical(ipaddress.ip_address))]
Cidr4 = Annotated[str, AfterValidator(_canonical(ipaddress.IPv4Network))]
Cidr6 = Annotated[str, AfterValidator(_canonical(ipaddress.IPv6Network))]
Mac = Annotated[str, AfterValidator(_mac)]
Port = Annotated[int, Field(ge=1, le=65535)]
Mode = Annotated[str, Field(pattern=r"^[0-7]{3,4}$")]
"""A file mode in octal, as a string: ``"0644"``."""
