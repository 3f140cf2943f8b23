"""Property values: JSON values, plus the two things JSON has no word for, a secret and a value not known yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias, final

Value: TypeAlias = Any
"""None, bool, int, float, str, list[Value], dict[str, Value], ``Secret`` or ``UNKNOWN``."""

Properties: TypeAlias = Mapping[str, Value]
Path: TypeAlias = tuple[str | int, ...]
"""The way to a value inside nested properties: ``("disks", 0, "mount")``."""


@final
class Unknown:
    """A value that only the host can tell, after the step that makes it. There is one instance: ``UNKNOWN``."""

    __slots__ = ()
    _instance: ClassVar["Unknown | None"] = None

    def __new__(cls) -> "Unknown":
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "(known after apply)"

    def __reduce__(self) -> tuple[type["Unknown"], tuple[()]]:
        return (Unknown, ())


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must never be shown or stored in clear."""

    value: Value

    def __repr__(self) -> str:
        return "[secret]"

    __str__ = __repr__


SCALARS: Final = frozenset((str, int, float, bool, type(None)))
"""Types of most leaves: looking these up first makes every walk several times faster."""


def reveal(value: Value) -> Value:
    """The same value with every ``Secret`` unwrapped."""
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind is dict:
        return {key: item if type(item) in SCALARS else reveal(item) for key, item in value.items()}
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [reveal(item) for item in value]
    return value


def walk(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every leaf with its path. A ``Secret`` is a leaf; so is an empty container."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
    else:
        yield path, value


def secret_paths(value: Value) -> frozenset[Path]:
    """The paths of all secrets in ``value``."""
    if not has_secret(value):
        return frozenset()
    return frozenset(path for path, leaf in walk(value) if isinstance(leaf, Secret))


def mark_secrets(value: Value, paths: frozenset[Path], path: Path = ()) -> Value:
    """Wrap again, as ``Secret``, what lies at or below ``paths``. Undoes ``reveal`` after a model normalised the value."""
    if not paths:
        return value
    if path in paths:
        return value if isinstance(value, Secret | Unknown) else Secret(value)
    if isinstance(value, Mapping):
        return {key: mark_secrets(item, paths, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mark_secrets(item, paths, (*path, index)) for index, item in enumerate(value)]
    return value


def has_unknown(value: Value) -> bool:
    """Whether any leaf is not known yet, also inside a secret."""
    return _holds(value, Unknown)


def has_secret(value: Value) -> bool:
    """Whether any leaf is a secret."""
    return _holds(value, Secret)


def _holds(value: Value, wanted: type) -> bool:
    kind = type(value)
    if kind in SCALARS:
        return False
    if kind is dict:
        items = value.values()
    elif kind is list:
        items = value
    elif isinstance(value, wanted):
        return True
    elif isinstance(value, Secret):
        return _holds(value.value, wanted)
    elif isinstance(value, Mapping):
        items = value.values()
    else:
        items = value if isinstance(value, tuple) else ()
    for item in items:  # noqa: SIM110 - a generator takes twice as long, and every value of every resource comes here
        if type(item) not in SCALARS and _holds(item, wanted):
            return True
    return False


def render_path(path: Path) -> str:
    """``("disks", 0, "mount")`` as ``disks[0].mount``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
