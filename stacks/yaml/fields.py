"""Which fields of a model name another resource, and which name a file of the machine that runs virtwright."""

import functools
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.model import Model
from virtwright.schemas.references import RefersTo
from virtwright.schemas.values import Path, Value
from virtwright.stacks.yaml.attributes import is_model, plain_types

FileUse: TypeAlias = Literal["path", "content"]
"""``path``: made absolute. ``content``: read, and the text put in its place."""

FILES: Final[Mapping[tuple[str, str, str], FileUse]] = {
    ("attachments", "File", "source"): "content",
    ("volume", "VolumeSource", "content"): "path",
    ("image", "ImageSource", "file"): "path",
    ("image", "ImageSource", "archive"): "path",
    ("image", "BuildContext", "context"): "path",
    ("host", "SshSettings", "identity_file"): "path",
    ("host", "SshSettings", "known_hosts"): "path",
    ("host", "TlsSettings", "ca_file"): "path",
    ("host", "TlsSettings", "cert_file"): "path",
    ("host", "TlsSettings", "key_file"): "path",
}
"""By module of ``schemas``, model and field: models that a stack has not need not be loaded to know that."""


@dataclass(frozen=True, slots=True)
class MarkedField:
    """A field with a meaning beyond its text."""

    pattern: tuple[str | None, ...]
    """Its path; None stands for every item of a list or value of a map."""
    mark: RefersTo | FileUse

    def leaves(self, value: Value) -> Iterator[tuple[Path, str]]:
        """The texts in ``value`` that are in such a field, with their paths."""
        return ((path, leaf) for path, leaf in _leaves(value, self.pattern, ()) if isinstance(leaf, str))

    def matches(self, path: Path) -> bool:
        """Whether ``path`` leads to such a field."""
        return len(path) == len(self.pattern) and all(
            part is None or part == step for part, step in zip(self.pattern, path, strict=True)
        )


@functools.cache
def marked_fields(model: type[Model]) -> tuple[MarkedField, ...]:
    """All such fields of a model, at any depth."""
    return tuple(_in_model(model, ()))


def _in_model(model: type[Model], pattern: tuple[str | None, ...]) -> Iterator[MarkedField]:
    for name, field in model.model_fields.items():
        here = (*pattern, name)
        if use := FILES.get((model.__module__.removeprefix("virtwright.schemas."), model.__name__, name)):
            yield MarkedField(here, use)
        marks = [*field.metadata, *_metadata(field.annotation)]
        yield from (MarkedField(here, mark) for mark in marks if isinstance(mark, RefersTo))
        yield from _in_annotation(field.annotation, here)


def _metadata(annotation: Any) -> Iterator[Any]:
    """What annotates the members of a union."""
    if get_origin(annotation) is Annotated:
        yield from get_args(annotation)[1:]
    else:
        for member in get_args(annotation):
            if get_origin(member) is Annotated:
                yield from get_args(member)[1:]


def _in_annotation(annotation: Any, pattern: tuple[str | None, ...]) -> Iterator[MarkedField]:
    for type_ in plain_types(annotation):
        if is_model(type_):
            yield from _in_model(type_, pattern)
        elif get_origin(type_) in (list, dict):
            yield from _in_annotation(get_args(type_)[-1], (*pattern, None))


def _leaves(value: Value, pattern: tuple[str | None, ...], path: Path) -> Iterator[tuple[Path, Value]]:
    if not pattern:
        yield path, value
        return
    first, rest = pattern[0], pattern[1:]
    if isinstance(value, dict):
        for key in value if first is None else [first] if first in value else []:
            yield from _leaves(value[key], rest, (*path, key))
    elif isinstance(value, list) and first is None:
        for index, item in enumerate(value):
            yield from _leaves(item, rest, (*path, index))


def replaced(value: Value, path: Path, new: Value) -> Value:
    """A copy of ``value`` with ``new`` at ``path``; what is not on the way is shared."""
    if not path:
        return new
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy
