"""Labels of objects on a Docker host. They are written with the object, and can't be changed afterwards."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from virtwright.errors import InputError, Problem, Where
from virtwright.providers.base import Stamp
from virtwright.providers.label_json import parse

OURS: Final = "virtwright."
"""What all labels of virtwright begin with."""
STACK: Final = "virtwright.stack"
OPERATION: Final = "virtwright.operation"
IDENTITY: Final = "virtwright.identity"
NAME: Final = "virtwright.name"
"""The name of the object that the labels were written for: on another object they are a copy."""
COPY: Final = "virtwright.copy"
"""Which copy of a service it is, from 1; 0 is what stands for a service without copies and never runs."""
DECLARED: Final = "virtwright.declared"
"""The fields that the user gave a value, where image or daemon have one too: what those fill in is no drift."""

COMPOSE: Final = "com.docker.compose."


def stamped_labels(stamp: Stamp, name: str, labels: Mapping[str, str], declared: Iterable[str] = ()) -> dict[str, str]:
    """All labels of a new object: the user's, the stamp, and what ties them to the object."""
    fields = sorted(declared)
    more = {DECLARED: json.dumps(fields)} if fields else {}
    return {**labels, **stamp.to_labels(), NAME: name, **more}


def stamp_of(labels: Mapping[str, str] | None, name: str) -> Stamp | None:
    """The stamp on an object of this name; None where there is none, or it was copied from another object."""
    stamp = Stamp.from_labels(labels or {})
    return stamp if stamp is not None and (labels or {}).get(NAME) == name else None


def written_for(labels: Mapping[str, str] | None) -> str:
    """The name of the object that the labels were written for; empty where they hold no whole stamp."""
    return (labels or {}).get(NAME, "") if Stamp.from_labels(labels or {}) is not None else ""


def own_labels(labels: Mapping[str, str] | None) -> dict[str, str]:
    """Those that are not virtwright's."""
    return {key: value for key, value in (labels or {}).items() if not key.startswith(OURS)}


def foreign_labels(labels: Mapping[str, str] | None) -> dict[str, str]:
    """Of an object that somebody else made: without those by which ``docker compose`` knows its own, which are no business
    of the stack's."""
    return {key: value for key, value in own_labels(labels).items() if not key.startswith(COMPOSE)}


def declared_fields(labels: Mapping[str, str] | None) -> frozenset[str]:
    try:
        return frozenset(parse((labels or {}).get(DECLARED, "[]")))
    except (ValueError, TypeError):
        return frozenset()


def check_labels(labels: object) -> None:
    """Raises ``InputError`` for labels that would be taken for a stamp."""
    taken = [key for key in labels if isinstance(key, str) and key.startswith(OURS)] if isinstance(labels, dict) else []
    if taken:
        raise InputError(
            [Problem(f"labels that begin with {OURS!r} are virtwright's own", Where(path=f"labels.{taken[0]}"))]
        )


def work_labels(stack: str, identity: str) -> dict[str, str]:
    """Of what is no resource and helps one for a while: whose it is."""
    return {STACK: stack, **({IDENTITY: identity} if identity else {})}


def is_work_of(labels: Mapping[str, str] | None, identity: str) -> bool:
    """Whether what bears the stack's name is this state's. What an older version made bears no identity."""
    return (labels or {}).get(IDENTITY, "") in ("", identity)


def told_time(text: str | None) -> str:
    """When something was made, as the daemon says, without parts of a second."""
    return re.sub(r"\.\d+", "", text or "")


def of_stack(stack: str) -> dict[str, str]:
    """The filter that lists all that bears the stack's stamp."""
    return {"label": f"{STACK}={stack}"}
