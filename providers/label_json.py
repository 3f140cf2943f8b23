"""JSON in labels and metadata of objects: anybody who may make an object can write anything there."""

import json
from typing import Any


def parse(text: str) -> Any:
    """Raises ``ValueError`` for whatever is no JSON that virtwright writes: nested too deep, with numbers that are none, or with text that
    can't be written."""
    try:
        found = json.loads(text, parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    return found


def parse_object(text: str | None) -> dict[str, Any]:
    """Empty where the text is damaged, or holds something else."""
    try:
        found = parse(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")
