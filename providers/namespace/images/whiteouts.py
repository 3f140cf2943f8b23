"""Whiteouts: how a layer says that something of the layers below is gone. Format: OCI image-spec, layer.md."""

from typing import Final, Literal

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.images.entries import RefusedEntryError

_PREFIX: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_INTERNAL: Final = ".wh..wh."


@dataclass(frozen=True, slots=True)
class Whiteout:
    """``remove``: the thing at ``parts`` is gone. ``opaque``: the folder at ``parts`` hides all it had below.
    ``ignore``: a note of aufs to itself."""

    action: Literal["remove", "opaque", "ignore"]
    parts: tuple[str, ...]


def parse_whiteout(parts: tuple[str, ...]) -> Whiteout | None:
    """None for an ordinary entry. Raises ``RefusedEntryError`` for a whiteout of nothing, ``.`` or ``..``."""
    if not parts or not parts[-1].startswith(_PREFIX):
        return None
    folder, name = parts[:-1], parts[-1]
    if name == _OPAQUE:
        return Whiteout("opaque", folder)
    if name.startswith(_INTERNAL):
        return Whiteout("ignore", parts)
    hidden = name.removeprefix(_PREFIX)
    if hidden in ("", ".", ".."):
        raise RefusedEntryError(f"it would remove {hidden!r}")
    return Whiteout("remove", (*folder, hidden))
