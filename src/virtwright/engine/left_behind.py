"""What an object that is made anew on another host leaves behind, in words for the plan. Pure."""

from collections.abc import Iterator

from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.values import Properties, Value

_WRITTEN = {
    "VirtualMachine": "what was written to its own disks",
    "Container": "what was written inside of it, but for its volumes",
    "Volume": "all that it holds",
}


def left_behind(kind: str, inputs: Properties, outputs: Properties) -> str:
    """``inputs`` and ``outputs`` are those of the object that is there."""
    lost = [*_lost(kind, inputs, outputs)]
    return f"it is made anew there; lost: {', '.join(lost)}" if lost else "it is made anew there"


def _lost(kind: str, inputs: Properties, outputs: Properties) -> Iterator[str]:
    if kind in _WRITTEN and (kind != "VirtualMachine" or _has_own_disks(inputs)):
        yield _WRITTEN[kind]
    if EVERY_KIND[kind].holds_data:
        return
    for name in ("id", "address"):
        if value := outputs.get(name):
            yield f"its {name} {value}" + (_unless_fixed(inputs) if name == "address" else "")


def _has_own_disks(inputs: Properties) -> bool:
    return inputs.get("image") is not None or any(
        not each.get("volume") and each.get("device", "disk") == "disk" for each in _items(inputs.get("disks"))
    )


def _unless_fixed(inputs: Properties) -> str:
    fixed = [each for each in _items(inputs.get("networks")) if each.get("address")]
    return " (where the other host's network is not the same one)" if fixed else ""


def _items(value: Value) -> list[Properties]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
