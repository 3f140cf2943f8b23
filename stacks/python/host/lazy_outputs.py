"""Outputs that are made when the program looks at them.

The SDK makes five futures and a task for every property of every resource, given or not, and our kinds have up to forty
properties. Here, for our kinds, a property that was not given gets its output when it is first read. Runs in the project's own
interpreter: standard library and ``pulumi`` only.
"""

from collections.abc import Mapping
from typing import Any, Final

_PREFIX: Final = "virtwright:index:"
_LAZY: Final = "_virtwright_lazy"


def mend() -> None:
    """Install it."""
    from pulumi import Resource
    from pulumi.runtime import rpc, stack

    make, massage = rpc.transfer_properties, stack.massage_complex

    def transfer(res: Any, props: Mapping[str, Any], custom: bool) -> dict[str, Any]:
        if not custom or not res._type.startswith(_PREFIX):
            return make(res, props, custom)
        resolvers: dict[str, Any] = make(
            res, {name: value for name, value in props.items() if value is not None}, custom
        )
        lazy = {
            name: _Lazy(make, res, name) for name, value in props.items() if value is None and name not in ("id", "urn")
        }
        res.__dict__[_LAZY] = dict(lazy)
        return {**resolvers, **lazy}

    def look(res: Any, name: str) -> Any:
        lazy = res.__dict__.get(_LAZY, {}).pop(name, None)
        if lazy is None:
            raise AttributeError(f"{type(res).__name__!r} object has no attribute {name!r}")
        return lazy.output()

    def massage_complex(attr: Any, seen: list[Any]) -> Any:
        if isinstance(attr, Resource):
            for name in list(attr.__dict__.get(_LAZY, {})):
                getattr(attr, name)
        return massage(attr, seen)

    rpc.transfer_properties = transfer
    stack.massage_complex = massage_complex
    Resource.__getattr__ = look  # type: ignore[attr-defined]


class _Lazy:
    """The resolver of an output that may never be made."""

    __slots__ = ("_make", "_name", "_resolve", "_resource", "_told")

    def __init__(self, make: Any, resource: Any, name: str) -> None:
        self._make, self._resource, self._name = make, resource, name
        self._resolve: Any = None
        self._told: tuple[Any, ...] | None = None

    def __call__(self, *told: Any) -> None:
        """What the SDK calls with the value."""
        self._told = told
        if self._resolve is not None:
            self._resolve(*told)

    def output(self) -> Any:
        """Make it, and give it the value that is there already."""
        self._resolve = self._make(self._resource, {self._name: None}, True)[self._name]
        if self._told is not None:
            self._resolve(*self._told)
        return self._resource.__dict__[self._name]
