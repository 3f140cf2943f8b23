"""An image as its archive describes it: a configuration and layers."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.config import ImageConfig
from virtwright.providers.archives.errors import ImageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an archive."""

    name: str
    """Of the part of the archive that holds it."""
    packed_digest: str | None
    """Sha256 of the part, in hex; None where the archive doesn't say."""
    plain_digest: str | None
    """Sha256 of the plain tar, in hex; None where the archive doesn't say."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What to unpack, lowest layer first."""

    config: ImageConfig
    layers: tuple[Layer, ...]
    document: str = ""
    """Name of the part that holds the whole configuration."""


def parse(kind: type[T] | TypeAdapter[T], data: bytes, name: str, source: Path) -> T:
    """A JSON document of the archive. Raises ``ImageError``."""
    adapter: TypeAdapter[Any] = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        result: T = adapter.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ImageError(f"{name!r} is not what it should be: {place}: {first['msg']}", source=source) from error
    return result


def hex_digest(digest: str, source: Path) -> str:
    """``sha256:<64 hex digits>`` without its prefix. Raises ``ImageError`` for any other form."""
    algorithm, _, text = digest.partition(":")
    if algorithm != "sha256" or len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise ImageError(f"{digest!r} is no sha256 digest", source=source)
    return text
