"""Sizes, durations and CPU counts as people write them, held as plain numbers."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ByteSize, Field, TypeAdapter

_BYTES: Final = TypeAdapter(ByteSize)
_LETTER: Final = re.compile(r"\s*([0-9.]+)\s*([kmgtp])\s*", re.IGNORECASE)
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def parse_size(text: str) -> int:
    """``2GiB``, ``512m``, ``1.5G`` or ``4096`` as bytes.

    A single letter means powers of 1024, as Docker and libvirt's users expect; ``GB`` and ``GiB`` mean what they say.
    Raises ``ValueError``.
    """
    short = _LETTER.fullmatch(text)
    spelled = f"{short[1]}{short[2]}iB" if short else text
    try:
        return int(_BYTES.validate_python(spelled))
    except ValueError:
        raise ValueError(f"not a size: {text!r} (write 512MiB, 2GiB, 1.5G or a number of bytes)") from None


def format_size(size: int) -> str:
    """Bytes in the largest unit that is exact: ``2GiB``."""
    power = 0
    while size and size % 1024 == 0 and power < len(_SIZE_UNITS) - 1:
        size //= 1024
        power += 1
    return f"{size}{_SIZE_UNITS[power]}"


def parse_duration(text: str) -> float:
    """``30s``, ``1m30s``, ``500ms`` or ``2h`` as seconds. Raises ``ValueError``."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise ValueError(f"not a duration: {text!r} (write 30s, 1m30s, 500ms or a number of seconds)")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def format_duration(seconds: float) -> str:
    """Seconds as ``1m30s``."""
    if seconds != int(seconds):
        return f"{round(seconds * 1000)}ms" if seconds < 1 else f"{seconds:g}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    text = "".join(f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if number)
    return text or "0s"


def _size(value: Any) -> Any:
    return parse_size(value) if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


class Unit:
    """Field metadata: how to show the number to people."""

    def __init__(self, name: str) -> None:
        self.name = name


Size = Annotated[int, BeforeValidator(_size, json_schema_input_type=int | str), Field(ge=0), Unit("size")]
"""A size in bytes."""

Duration = Annotated[
    float, BeforeValidator(_duration, json_schema_input_type=float | str), Field(ge=0), Unit("duration")
]
"""A time span in seconds."""
