"""The short form of a mount: ``SOURCE:TARGET:OPTIONS``.

Source of the format: https://github.com/compose-spec/compose-spec/blob/main/05-services.md#short-syntax-5.
"""

import posixpath
from collections.abc import Mapping
from typing import Any, Final

_PROPAGATIONS: Final = frozenset(("rprivate", "private", "rshared", "shared", "rslave", "slave"))


def parse_mount(text: str) -> Mapping[str, Any]:
    """The long form. Raises ``ValueError``."""
    if not text:
        raise ValueError("expected a mount, as data:/var/lib/data or ./conf:/etc/app:ro")
    parts = [text] if len(text) <= 2 else text.split(":")
    if not all(parts):
        raise ValueError("there is nothing between two colons")
    if len(parts) > 3:
        raise ValueError("there are too many colons: write SOURCE:TARGET or SOURCE:TARGET:ro")
    if len(parts) == 1:
        return {"type": "volume", "target": posixpath.normpath(parts[0])}
    mount: dict[str, Any] = {"source": parts[0], "target": posixpath.normpath(parts[1])}
    bind: dict[str, Any] = {}
    for option in parts[2].split(",") if len(parts) == 3 else ():
        if option in ("ro", "rw"):
            mount["read_only"] = option == "ro"
        elif option == "nocopy":
            mount["volume"] = {"nocopy": True}
        elif option in ("z", "Z"):
            bind["selinux"] = option
        elif option in _PROPAGATIONS:
            bind["propagation"] = option
        else:
            mount["consistency"] = option  # Compose drops what it does not know; here it is reported
    if parts[0][0] in "./~":
        return {"type": "bind", **mount, **({"bind": bind} if bind else {})}
    return {"type": "volume", **mount, **({"bind": bind} if bind else {})}
