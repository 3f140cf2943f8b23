"""Outputs that are made when the program looks at them.

The SDK makes five futures and a task for every property of every resource, and translates all that the engine answers, whether or
not anybody looks; our kinds have up to forty properties. Here, for our kinds, an output is made, and the answer read, when the
program first looks at one. Runs in the project's own interpreter: standard library and ``pulumi`` only.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

_PREFIX: Final = "virtwright:index:"
_LAZY: Final = "_virtwright_lazy"


def mend() -> None:
    """Install it."""
    from pulumi import Resource
    from pulumi.runtime import rpc, stack

    make, resolve, fail = rpc.transfer_properties, rpc.resolve_outputs, rpc.resolve_outputs_due_to_exception
    massage = stack.massage_complex

    def transfer(res: Any, props: Mapping[str, Any], custom: bool) -> dict[str, Any]:
        if not custom or not res._type.startswith(_PREFIX):
            return make(res, props, custom)
        lazy = res.__dict__[_LAZY] = _Outputs(res, [name for name in props if name not in ("id", "urn")], make)
        return lazy.resolvers

    def resolve_outputs(res: Any, sent: Any, answer: Any, deps: Any, resolvers: Any, *more: Any, **named: Any) -> None:
        lazy: _Outputs | None = getattr(resolvers, "outputs", None)
        if lazy is None:
            resolve(res, sent, answer, deps, resolvers, *more, **named)
        else:
            told = lazy.all_resolvers
            lazy.answered(lambda: resolve(res, sent, answer, deps, told(), *more, **named))

    def resolve_due_to_exception(resolvers: Any, error: Exception) -> None:
        lazy = getattr(resolvers, "outputs", None)
        if lazy is None:
            fail(resolvers, error)
        else:
            lazy.answered(lambda: fail(lazy.all_resolvers(), error))

    def look(res: Any, name: str) -> Any:
        lazy = res.__dict__.get(_LAZY)
        if lazy is None or name not in lazy.names:
            raise AttributeError(f"{type(res).__name__!r} object has no attribute {name!r}")
        return lazy.output(name)

    def massage_complex(attr: Any, seen: list[Any]) -> Any:
        if isinstance(attr, Resource) and (lazy := attr.__dict__.pop(_LAZY, None)) is not None:
            for name in lazy.names:
                lazy.output(name)
        return massage(attr, seen)

    rpc.transfer_properties = transfer
    rpc.resolve_outputs = resolve_outputs  # type: ignore[assignment]
    rpc.resolve_outputs_due_to_exception = resolve_due_to_exception  # type: ignore[assignment]
    stack.massage_complex = massage_complex
    Resource.__getattr__ = look  # type: ignore[attr-defined]


class _Resolvers(dict[str, Any]):
    """What the SDK keeps for a resource's outputs; here, the way to them."""

    outputs: "_Outputs"


class _Outputs:
    """The outputs of one resource, none of which is there before it is looked at."""

    __slots__ = ("_made", "_make", "_resource", "_tell", "_told", "names", "resolvers")

    def __init__(self, resource: Any, names: list[str], make: Any) -> None:
        self.names = names
        self.resolvers = _Resolvers()
        self.resolvers.outputs = self
        self._resource, self._make = resource, make
        self._made: dict[str, Any] = {}
        self._tell: Callable[[], None] | None = None
        self._told: dict[str, tuple[Any, ...]] | None = None

    def all_resolvers(self) -> dict[str, Any]:
        """For each output, what takes its value."""
        told: dict[str, tuple[Any, ...]] = {}
        self._told = told

        def take(name: str) -> Callable[..., None]:
            return lambda *value: told.__setitem__(name, value)

        return {name: take(name) for name in self.names}

    def answered(self, tell: Callable[[], None]) -> None:
        """The engine has answered: ``tell`` reads it, as soon as somebody has looked or looks."""
        self._tell = tell
        if self._made:
            self._read()

    def output(self, name: str) -> Any:
        """Make it, and give it the value that is there already."""
        found = self._resource.__dict__.get(name)
        if found is not None:
            return found
        self._made[name] = self._make(self._resource, {name: None}, True)[name]
        if self._told is not None:
            self._made[name](*self._told[name])
        elif self._tell is not None:
            self._read()
        return self._resource.__dict__[name]

    def _read(self) -> None:
        assert self._tell is not None
        self._tell()
        assert self._told is not None
        for name, resolve in self._made.items():
            resolve(*self._told[name])
