"""Property values: JSON values, plus the two things JSON has no word for, a secret and a value not known yet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, ClassVar, Final, Self, TypeAlias, final

from virtwright.lazy_dataclasses import dataclass

Value: TypeAlias = Any
"""None, bool, int, float, str, list[Value], dict[str, Value], ``Secret`` or ``UNKNOWN``."""

Properties: TypeAlias = Mapping[str, Value]
Path: TypeAlias = tuple[str | int, ...]
"""The way to a value inside nested properties: ``("disks", 0, "mount")``."""


class Unknown:
    """A value that only the host can tell, after the step that makes it. There is one instance: ``UNKNOWN``; and one of
    ``Sealed`` for each secret that was not decrypted."""

    __slots__ = ()
    _instance: ClassVar[Any] = None

    def __new__(cls) -> Self:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        made: Self = cls._instance
        return made

    def __repr__(self) -> str:
        return "(known after apply)"

    def __reduce__(self) -> tuple[type["Unknown"], tuple[()]]:
        return (Unknown, ())


UNKNOWN: Final = Unknown()


@final
class Sealed(Unknown):
    """A secret that was not decrypted. Equal to another where both were made in the same way of the same ciphertexts."""

    __slots__ = ("origin",)
    origin: str

    def __new__(cls, origin: str = "") -> "Sealed":
        """``origin`` is that of the ``Secret`` that it would be; empty where nobody noted it: equal to nothing else then."""
        made = object.__new__(cls)
        made.origin = origin
        return made

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Sealed) and bool(self.origin) and self.origin == other.origin)

    def __hash__(self) -> int:
        return hash(self.origin)

    def __repr__(self) -> str:
        return "(secret, not decrypted)"

    def __reduce__(self) -> Any:
        return (Sealed, (self.origin,))


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must never be shown or stored in clear."""

    value: Value
    origin: str = field(default="", compare=False)
    """What tells, without the key, whether it is still the same: a hash of the ciphertexts that it was made of and of how.
    Empty where it came from elsewhere."""

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


def equal(one: Value, other: Value) -> bool:
    """Whether two values are the same. As ``==``, but that a boolean is no number, wherever it lies."""
    if one is other:
        return True
    if type(one) is type(other) and type(one) in SCALARS:
        return bool(one == other)
    return bool(one == other) and booleans_agree(one, other)


def booleans_agree(one: Value, other: Value) -> bool:
    """Of two values that ``==`` holds to be the same: whether what is a boolean in one is a boolean in the other."""
    if one is other:
        return True
    kind = type(one)
    if kind in SCALARS:
        return kind is type(other) or isinstance(one, bool) is isinstance(other, bool)
    if kind is dict or isinstance(one, Mapping):
        for key, item in one.items():
            kind, twin = type(item), other[key]
            if not (kind is type(twin) and (kind in SCALARS or not item)) and not booleans_agree(item, twin):
                return False
        return True
    if isinstance(one, Secret) and isinstance(other, Secret):
        return booleans_agree(one.value, other.value)
    if isinstance(one, list | tuple):
        return all(map(booleans_agree, one, other))
    return isinstance(one, bool) is isinstance(other, bool)


def walk(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every leaf with its path. A ``Secret`` is a leaf; so is an empty container."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            if type(item) in SCALARS:
                yield (*path, key), item
            else:
                yield from walk(item, (*path, key))
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
    else:
        yield path, value


def value_at(value: Any, path: Iterable[str | int], absent: Any = None) -> Any:
    """What is at ``path`` inside of ``value``; ``absent`` where there is no such place."""
    found: Any = value
    for part in path:
        if isinstance(found, Mapping):
            within = part in found
        else:
            within = isinstance(found, list | tuple) and isinstance(part, int) and part < len(found)
        if not within:
            return absent
        found = found[part]
    return found


def secret_paths(value: Value) -> frozenset[Path]:
    """The paths of all secrets in ``value``."""
    if not has_secret(value):
        return frozenset()
    return frozenset(path for path, leaf in walk(value) if isinstance(leaf, Secret))


def secret_origins(value: Value) -> Mapping[Path, str]:
    """By path: the origins of the secrets in ``value``, as far as they are known."""
    if not has_secret(value):
        return NO_ORIGINS
    return {path: leaf.origin for path, leaf in walk(value) if isinstance(leaf, Secret) and leaf.origin}


NO_ORIGINS: Final[Mapping[Path, str]] = {}


def mark_secrets(
    value: Value, paths: frozenset[Path], origins: Mapping[Path, str] = NO_ORIGINS, path: Path = ()
) -> Value:
    """Wrap again, as ``Secret``, what lies at or below ``paths``. Undoes ``reveal`` after a model normalised the value."""
    if not paths:
        return value
    if path in paths:
        return value if isinstance(value, Secret) or value is UNKNOWN else Secret(value, origins.get(path, ""))
    if isinstance(value, Mapping):
        return {key: mark_secrets(item, paths, origins, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mark_secrets(item, paths, origins, (*path, index)) for index, item in enumerate(value)]
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
