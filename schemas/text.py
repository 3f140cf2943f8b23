"""Kinds of text: names, addresses, paths. Each refuses what could mean something else to a shell, an option parser, XML
or a file system."""

import ipaddress
import json
import posixpath
import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from virtwright.schemas.faults import Expected, fault

NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
_LONGEST_LINE: Final = 8192
_LONGEST_PATH: Final = 4095
_LONGEST_PATH_PART: Final = 255
_HIDDEN: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff"
"""Turns the direction of text, can't be seen, or can't be written to a file or XML."""
INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""For a class of characters: what Unicode calls ignorable by default, fills a place with nothing, or turns and breaks text."""
_UNSEEN: Final = re.compile(f"[{INVISIBLE}]")
_SAYS_ITSELF: Final = re.compile(r"[\w./@:+=%~,*-]+")
_NOT_STORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_NOT_IN_TEXT: Final = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_HIDDEN}]")
_NOT_IN_LINE: Final = re.compile(f"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029{_HIDDEN}]")


def printable(text: str) -> str:
    """The text with every control, format, line-breaking and invisible character written as an escape."""
    if text.isprintable() and not _UNSEEN.search(text):
        return text
    return "".join(
        char if char.isprintable() and not _UNSEEN.match(char) else char.encode("unicode_escape").decode()
        for char in text
    )


def named(text: str) -> str:
    """A name that others chose, in quotes where it could be taken for more than a name."""
    return (
        text
        if _SAYS_ITSELF.fullmatch(text) and text == printable(text)
        else printable(json.dumps(text, ensure_ascii=False))
    )


def _clean(text: str) -> str:
    if found := _NOT_IN_TEXT.search(text):
        raise fault(f"must not hold the character U+{ord(found[0]):04X}")
    return text


def _one_line(text: str) -> str:
    if found := _NOT_IN_LINE.search(text):
        if found[0] in "\r\n":
            raise fault("must be one line")
        raise fault(f"must not hold the character U+{ord(found[0]):04X}")
    return text


def _storable(text: str) -> str:
    if found := _NOT_STORABLE.search(text):
        raise fault(f"must not hold the character U+{ord(found[0]):04X}")
    return text


def _operand(text: str) -> str:
    if not text or text != text.strip():
        raise fault("must not be empty or begin or end with a space", show=True)
    if text.startswith("-"):
        raise fault("must not begin with '-'", show=True)
    return text


def _unspaced(text: str) -> str:
    if " " in text or "\t" in text:
        raise fault("must not hold a space", show=True)
    return text


def _path_parts_fit(text: str) -> str:
    if any(len(part.encode()) > _LONGEST_PATH_PART for part in text.split("/")):
        raise fault(f"a part of the path is longer than {_LONGEST_PATH_PART} bytes")
    return text


def _absolute(text: str) -> str:
    if not text.startswith("/"):
        raise fault("must be an absolute path", show=True)
    return "/" + posixpath.normpath(_below(text)).lstrip("/")


def _below(text: str) -> str:
    if ".." in text.split("/"):
        raise fault("must not hold '..'", show=True)
    return text


def _relative(text: str) -> str:
    if text.startswith("/"):
        raise fault("must be a relative path", show=True)
    return posixpath.normpath(_below(text))


def _own_of_host(text: str) -> str:
    if not any(text == folder or text.startswith(f"{folder}/") for folder in ("/opt", "/usr/local")):
        raise fault("must be /opt, /usr/local or a folder in one of them", show=True)
    return text


def _canonical(parse: Callable[[str], object], words: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        try:
            parsed = str(parse(text))
        except ValueError:
            raise fault(f"expected {words}", show=True) from None
        if "%" in parsed:
            raise fault(f"expected {words} without a zone", show=True)
        return parsed

    return convert


def _mac(text: str) -> str:
    plain = text.lower().replace("-", ":")
    if not re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", plain):
        raise fault("expected a MAC address, as 52:54:00:12:34:56", show=True)
    if int(plain[:2], 16) & 1:
        raise fault("is a group's MAC address: the first byte must be even", show=True)
    return plain


Name = Annotated[
    str,
    Field(pattern=NAME_PATTERN),
    Expected("a name of letters, digits, '_', '.' and '-' that begins with a letter or digit, at most 63 long"),
]
"""A name: letters, digits, ``_``, ``.`` and ``-``, at most 63, starting with a letter or digit."""
Text = Annotated[str, AfterValidator(_clean)]
"""Text of any length without control characters."""
Content = Annotated[str, AfterValidator(_storable)]
"""What goes into a file, a variable or an argument as it is: anything but NUL."""
Line = Annotated[str, Field(max_length=_LONGEST_LINE), AfterValidator(_one_line)]
"""One line of text without control characters."""
Operand = Annotated[Line, AfterValidator(_operand)]
"""One line that can stand as an argument of a command: not empty, and no option."""
Reference = Annotated[Operand, AfterValidator(_unspaced)]
"""The name of something on a host or in a registry: an operand without a space."""

AbsolutePath = Annotated[
    str,
    Field(max_length=_LONGEST_PATH),
    AfterValidator(_one_line),
    AfterValidator(_absolute),
    AfterValidator(_path_parts_fit),
]
"""A path from the root, in its shortest form. ``..`` is refused."""
HostFolder = Annotated[AbsolutePath, AfterValidator(_own_of_host)]
"""A folder of a host's own programs, which ``image: host`` shows only where it is named: in /opt or /usr/local, or one of these."""
RelativePath = Annotated[
    Operand, Field(max_length=_LONGEST_PATH), AfterValidator(_relative), AfterValidator(_path_parts_fit)
]
"""A path below a known folder. ``..`` is refused."""
LocalPath = Annotated[Operand, Field(max_length=_LONGEST_PATH), AfterValidator(_path_parts_fit)]
"""A path on the machine that runs virtwright, absolute, below ``~`` or relative to the stack's file. ``..`` is allowed: a
stack may use what lies beside its folder."""

_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOSTNAME_PATTERN: Final = rf"{_LABEL}(\.{_LABEL})*"
Hostname = Annotated[
    str, Field(max_length=253, pattern=rf"^{HOSTNAME_PATTERN}$"), Expected("a host name, as db.example.org")
]
Interface = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$"), Expected("a network interface's name, at most 15 long")
]
ACCOUNT: Final = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
Account = Annotated[str, Field(pattern=rf"^{ACCOUNT}$"), Expected("a user's name or number")]
Owner = Annotated[str, Field(pattern=rf"^{ACCOUNT}(:{ACCOUNT})?$"), Expected("user or user:group, by name or number")]
"""``user`` or ``user:group``, by name or number."""

Address4 = Annotated[str, AfterValidator(_canonical(ipaddress.IPv4Address, "an IPv4 address, as 10.40.0.10"))]
Address6 = Annotated[str, AfterValidator(_canonical(ipaddress.IPv6Address, "an IPv6 address, as fd00:40::10"))]
canonical_address: Final = _canonical(ipaddress.ip_address, "an IP address, as 10.40.0.10")
"""A validator: an IPv4 or IPv6 address in its one form."""
Address = Annotated[str, AfterValidator(canonical_address)]
Cidr4 = Annotated[
    str, AfterValidator(_canonical(ipaddress.IPv4Network, "an IPv4 network with no host bits set, as 10.40.0.0/24"))
]
Cidr6 = Annotated[
    str, AfterValidator(_canonical(ipaddress.IPv6Network, "an IPv6 network with no host bits set, as fd00:40::/64"))
]
Mac = Annotated[str, AfterValidator(_mac)]
Mode = Annotated[str, Field(pattern=r"^[0-7]{3,4}$"), Expected('a file mode in octal and in quotes, as "0644"')]
"""A file mode in octal, as a string: ``"0644"``."""
Capability = Annotated[str, Field(pattern=r"^CAP_[A-Z_]{1,32}$"), Expected("a Linux capability, as CAP_NET_ADMIN")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), Expected("a SHA-256 checksum: 64 hexadecimal digits")]
EnvironmentName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,254}$"),
    Expected("a variable's name: letters, digits, '_', '.' and '-', not beginning with a digit"),
]


def _label_key(text: str) -> str:
    if text.startswith("virtwright."):
        raise fault("labels that begin with virtwright. are virtwright's own", show=True)
    return text


LabelKey = Annotated[Reference, Field(max_length=255), AfterValidator(_label_key)]
Labels = dict[LabelKey, Line]
"""Marks for people and tools. None may begin with ``virtwright.``: that is where ownership is kept."""
