"""Small helps for values that are known later."""

from typing import Any, TypeVar, overload

import pulumi

T = TypeVar("T")


def known(output: pulumi.Output[T | None]) -> pulumi.Output[T]:
    """An output that is set for certain, such as the address of a machine with a network. Fails where it is not."""
    return output.apply(_set)


def _set(value: T | None) -> T:
    if value is None:
        raise ValueError("an output that was taken for known is not set")
    return value


@overload
def text(value: pulumi.Output[Any]) -> pulumi.Output[str]: ...


@overload
def text(value: str | float | bool) -> str: ...


def text(value: Any) -> Any:
    """A value inside of a text, as YAML stacks write it: a whole number without a point, a boolean as ``true``."""
    if isinstance(value, pulumi.Output):
        return value.apply(_text)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, str | int):
        return str(value)
    raise ValueError(f"a text can hold only text, numbers and booleans, not a {type(value).__name__}")
