"""Sizes, durations and truth values as Compose writes them."""

import re
from decimal import Decimal
from typing import Final

from virtwright.stacks.yaml.nodes import Scalar

_SIZE: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kKmMgGtTpP]?)(?:[iI]?[bB])?\s*")
_POWERS: Final = {letter: 1024**power for power, letter in enumerate(("", "k", "m", "g", "t", "p"))}
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(w|d|h|ms|m|s|us|µs|ns)")
_SECONDS: Final = {
    "w": Decimal(604800),
    "d": Decimal(86400),
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("0.001"),
    "us": Decimal("0.000001"),
    "µs": Decimal("0.000001"),
    "ns": Decimal("0.000000001"),
}
_TRUE: Final = ("true", "y", "yes", "on", "1", "t")
_FALSE: Final = ("false", "n", "no", "off", "0", "f")


def to_size(value: Scalar) -> int:
    """Bytes. Every unit is a power of 1024: ``64m``, ``1gb``, ``1GiB``. -1 is unlimited. Raises ``ValueError``."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= -1:
        return value
    if str(value).strip() == "-1":
        return -1
    found = _SIZE.fullmatch(str(value))
    if not found or isinstance(value, bool):
        raise ValueError("expected a size, as 64m, 1g or a number of bytes")
    return int(Decimal(found[1]) * _POWERS[found[2].lower()])


def to_duration(value: Scalar) -> float:
    """Seconds. Raises ``ValueError``."""
    text = str(value).strip()
    if text in ("0", "0.0"):
        return 0.0
    parts = list(_PART.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        raise ValueError("expected a duration, as 30s, 1m30s or 500ms")
    return round(float(sum((Decimal(part[1]) * _SECONDS[part[2]] for part in parts), Decimal(0))), 9)


def to_boolean(value: Scalar) -> bool:
    """Raises ``ValueError``."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError("expected true or false")
    return word in _TRUE


def to_integer(value: Scalar) -> int:
    """Raises ``ValueError``."""
    if isinstance(value, bool) or not re.fullmatch(r"[-+]?[0-9]{1,40}(\.0*)?", str(value)):
        raise ValueError("expected a whole number")
    return int(str(value).partition(".")[0])


def to_number(value: Scalar) -> float:
    """Raises ``ValueError``."""
    if isinstance(value, bool) or not re.fullmatch(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", str(value)):
        raise ValueError("expected a number")
    return float(str(value))
