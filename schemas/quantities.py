"""Sizes and durations as people write them, held as plain numbers."""

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.faults import fault

_BINARY: Final = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4, "PiB": 1024**5, "EiB": 1024**6}
_DECIMAL: Final = {"kB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4, "PB": 1000**5, "EB": 1000**6}
_LETTERS: Final = {unit[0]: factor for unit, factor in _BINARY.items()}
_SIZE_UNITS: Final = {unit.lower(): factor for unit, factor in (_BINARY | _DECIMAL | _LETTERS).items()} | {"": 1}
SIZE_PATTERN: Final = r"^\s*([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*([kKmMgGtTpPeE](?:[iI]?[bB])?|[bB])?\s*$"
_SIZE: Final = re.compile(SIZE_PATTERN)
LARGEST_SIZE: Final = 2**63 - 1

_SECONDS: Final = {"d": Decimal(86400), "h": Decimal(3600), "m": Decimal(60), "s": Decimal(1), "ms": Decimal("0.001")}
_PART: Final = r"([0-9]{1,12}(?:\.[0-9]{1,20})?)"
DURATION_PATTERN: Final = (
    rf"^\s*(?=[0-9])(?:{_PART}\s*d\s*)?(?:{_PART}\s*h\s*)?(?:{_PART}\s*m\s*)?(?:{_PART}\s*s\s*)?(?:{_PART}\s*ms\s*)?$"
)
_DURATION: Final = re.compile(DURATION_PATTERN)
_BARE_SECONDS: Final = re.compile(rf"\s*{_PART}\s*")
_DIGITS: Final = 9
LONGEST_DURATION: Final = 100 * 366 * 86400.0


def parse_size(text: str) -> int:
    """``2GiB``, ``512m``, ``1.5G`` or ``4096`` as bytes; what is left of a byte is dropped.

    A single letter means powers of 1024, as it does to Docker and to libvirt's users; ``GB`` and ``GiB`` mean what they
    say. Raises ``ValueError``.
    """
    parts = _SIZE.fullmatch(text)
    if not parts:
        raise ValueError(f"not a size: {text!r} (write 512MiB, 2GiB, 1.5G or a number of bytes)")
    size = int(Decimal(parts[1]) * _SIZE_UNITS[(parts[2] or "").lower()])
    if size > LARGEST_SIZE:
        raise ValueError(f"not a size: {text!r} (the largest is 8EiB less one byte)")
    return size


def format_size(size: int) -> str:
    """Bytes in the largest unit that is exact: ``2GiB``. ``parse_size`` gives the same number back."""
    if size == 0:
        return "0B"
    exact = [(size // factor, unit) for unit, factor in (_BINARY | _DECIMAL).items() if size % factor == 0]
    number, unit = min(exact, key=lambda pair: pair[0])
    return f"{number}{unit}"


def parse_duration(text: str) -> float:
    """``30s``, ``1m30s``, ``500ms``, ``2h`` or ``45`` as seconds, to the nanosecond. Units go from the largest to the smallest, each once.

    Raises ``ValueError``.
    """
    if bare := _BARE_SECONDS.fullmatch(text):
        return round(float(bare[1]), _DIGITS)
    parts = _DURATION.fullmatch(text)
    if not parts:
        raise ValueError(f"not a duration: {text!r} (write 30s, 1m30s, 500ms or a number of seconds)")
    given = zip(parts.groups(), _SECONDS.values(), strict=True)
    return round(float(sum((Decimal(number) * unit for number, unit in given if number), Decimal(0))), _DIGITS)


def format_duration(seconds: float) -> str:
    """Seconds, to the nanosecond, as ``1m30s``. ``parse_duration`` gives the same number back."""
    rest = Decimal(repr(round(seconds, _DIGITS)))
    if 0 < rest < 1 and rest * 1000 == int(rest * 1000):
        return f"{int(rest * 1000)}ms"
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(f"{hours:f}", "h"), (f"{minutes:f}", "m"), (_plain(rest), "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number != "0") or "0s"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _size(value: Any) -> Any:
    try:
        return parse_size(value) if isinstance(value, str) else value
    except ValueError:
        raise fault("expected a size, as 512MiB, 2GiB, 1.5G or a number of bytes", show=True) from None


def _duration(value: Any) -> Any:
    try:
        if isinstance(value, str):
            return parse_duration(value)
        return round(value, _DIGITS) if isinstance(value, float) else value
    except ValueError:
        raise fault("expected a duration, as 30s, 1m30s, 500ms or a number of seconds", show=True) from None


@dataclass(frozen=True, slots=True)
class Unit:
    """Field metadata: how to show the number to people: ``size`` or ``duration``."""

    name: str


_SizeText = Annotated[str, Field(pattern=SIZE_PATTERN)]
_DurationText = Annotated[str, Field(pattern=r"^\s*[0-9][0-9.]*\s*([0-9.dhms]|\s)*$")]

Size = Annotated[
    int,
    Field(ge=0, le=LARGEST_SIZE),
    BeforeValidator(_size, json_schema_input_type=int | _SizeText),
    Unit("size"),
]
"""A size in bytes."""

Duration = Annotated[
    float,
    Field(ge=0, le=LONGEST_DURATION),
    BeforeValidator(_duration, json_schema_input_type=float | _DurationText),
    Unit("duration"),
]
"""A time span in seconds."""
