"""Events as JSON, one a line. The form is documented in docs/events.md."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, Any, TypeAlias

from virtwright.engine.events import Event
from virtwright.errors import Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import SCALARS, Secret, Unknown


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """The command itself failed; nothing comes after this line."""

    problems: tuple[Problem, ...]


Line: TypeAlias = Event | CommandFailed


def event_name(event: type[Line]) -> str:
    """``StepStarted`` -> ``step-started``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", event.__name__).lower()


def to_json(value: object) -> Any:
    """Any part of an event as plain JSON. What is secret is masked, what is not known yet is ``{"unknown": true}``."""
    if type(value) in SCALARS:
        return value
    if isinstance(value, Secret):
        return repr(value)
    if isinstance(value, Unknown):
        return {"unknown": True}
    if isinstance(value, Urn):
        return str(value)
    if isinstance(value, Impact):
        return value.label
    if isinstance(value, StrEnum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        data = {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
        return {"field": value.field, **data} if isinstance(value, Change) else data
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    return value


def event_to_json(event: Line, now: datetime | None = None) -> dict[str, Any]:
    """The object of one line: ``event``, ``time`` (RFC 3339, UTC) and the event's own fields."""
    time = (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"event": event_name(type(event)), "time": time, **to_json(event)}


class JsonLines:
    """A listener that writes each event as a line of JSON, at once."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __call__(self, event: Line) -> None:
        write_line(self._stream, event_to_json(event))


def write_line(stream: IO[str], data: Mapping[str, Any]) -> None:
    """Write one object as one line, at once."""
    print(json.dumps(data), file=stream, flush=True)
