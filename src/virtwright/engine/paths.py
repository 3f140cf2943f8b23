"""Field paths as text, and moving values along them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from virtwright.schemas.values import Path, Properties, Value

_PART: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def parse_path(text: str) -> Path:
    """``disks[0].size`` as ``("disks", 0, "size")``."""
    return tuple(int(index) if index else name for name, index in _PART.findall(text))


def transplant(path: Path, *, source: Properties, target: Properties) -> dict[str, Value]:
    """``target`` with the value at ``path`` taken from ``source``; unchanged where either has no such place."""
    result: dict[str, Value] = _graft(path, source, target)
    return result


def _graft(path: Path, source: Any, target: Any) -> Any:
    if not path:
        return source
    head, rest = path[0], path[1:]
    if isinstance(source, Mapping) and isinstance(target, Mapping) and isinstance(head, str):
        if head not in source:
            return {key: value for key, value in target.items() if key != head or rest}
        if head not in target and rest:
            return target
        return {**target, head: _graft(rest, source[head], target.get(head))}
    if isinstance(source, list) and isinstance(target, list) and isinstance(head, int):
        if head >= len(source) or head >= len(target):
            return target
        return [*target[:head], _graft(rest, source[head], target[head]), *target[head + 1 :]]
    return target
