"""Paths to properties as Pulumi writes them (sdk/go/common/resource/property_path.go)."""

import re
from typing import Final

from virtwright.schemas.values import Path

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def property_path(path: Path) -> str:
    """A path in Pulumi's form: ``disks[0].size``, ``labels["a.b"]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            quoted = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
