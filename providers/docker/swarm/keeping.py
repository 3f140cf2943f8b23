"""What a service of somebody else has that the vocabulary has no word for: it is kept when the service is changed, as an update
gives the swarm the whole specification anew. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Part = Mapping[str, Any]


def left_over(there: Any, made: Any) -> Any:
    """Of a specification: what ``made``, the one that the inputs make, lacks. None where that is nothing."""
    if isinstance(there, Mapping) and isinstance(made, Mapping | None):
        parts = {key: left_over(value, (made or {}).get(key)) for key, value in there.items()}
        return {key: part for key, part in parts.items() if part is not None} or None
    if isinstance(there, list) and isinstance(made, list | None):
        return [each for each in there if each not in (made or ())] or None
    return there if there != made else None


def with_kept(made: Any, kept: Any) -> Any:
    """A specification with what was left over from another."""
    if isinstance(made, Mapping) and isinstance(kept, Mapping):
        return {**made, **{key: with_kept(made.get(key), part) for key, part in kept.items()}}
    if isinstance(made, list) and isinstance(kept, list):
        return [*made, *(each for each in kept if each not in made)]
    return kept


def settings(kept: Any, path: str = "") -> Iterator[str]:
    """One line for each, as ``TaskTemplate.LogDriver.Name: syslog``."""
    if isinstance(kept, Mapping):
        for key, part in kept.items():
            yield from settings(part, f"{path}.{key}" if path else key)
    elif isinstance(kept, list):
        yield from (f"{path}: {_short(each)}" for each in kept)
    else:
        yield f"{path}: {kept}"


def _short(item: Any) -> Any:
    """Secrets and configs by their names."""
    named = (
        next((item[key] for key in ("SecretName", "ConfigName") if key in item), None)
        if isinstance(item, Mapping)
        else None
    )
    return f"{named} at {(item.get('File') or {}).get('Name')}" if named else item
