"""What was expected at a place, in words that go after "expected"."""

from typing import Any, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen

from virtwright.schemas.fields import Spot
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import format_duration, format_size

_EXAMPLES = {"size": "512MiB", "duration": "1m30s"}
_MOST_NAMES = 12
_OUT_OF_BOUNDS = ("greater_than", "less_than")
_PLAIN = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def expectation(detail: Any, spot: Spot) -> str:
    """``detail`` is one entry of ``ValidationError.errors()``."""
    if spot.words:
        return spot.words
    if spot.choices:
        return _one_of(spot.choices)
    if spot.unit:
        return _quantity(detail, spot.unit, spot)
    if spot.form in (int, float):
        return _PLAIN[spot.form] + _range(spot)
    if spot.form in _PLAIN:
        return _PLAIN[spot.form] + _length(spot, "characters")
    origin: Any = get_origin(spot.form)
    if origin is list:
        return "a list" + _length(spot, "items")
    if origin is dict:
        return "a map"
    if isinstance(spot.form, type) and issubclass(spot.form, Model):
        return f"a map with the fields {some(tuple(spot.form.model_fields))}"
    return str(detail["msg"]).removeprefix("Input should be ").lower()


def some(names: tuple[str, ...]) -> str:
    """A list of names, cut where it gets too long to help."""
    return ", ".join(names) if len(names) <= _MOST_NAMES else f"{', '.join(names[:_MOST_NAMES])}, ..."


def _quantity(detail: Any, unit: str, spot: Spot) -> str:
    if str(detail["type"]).startswith(_OUT_OF_BOUNDS):
        show = format_size if unit == "size" else format_duration
        words = {"ge": "of at least", "gt": "above", "le": "of at most", "lt": "below"}
        return " ".join(f"a {unit} {words[name]} {show(bound)}" for name, bound in detail["ctx"].items())
    return f"a {unit}, as {_EXAMPLES[unit]}"


def _one_of(choices: tuple[str, ...]) -> str:
    *first, last = choices
    return f"{', '.join(first)} or {last}" if first else last


def _range(spot: Spot) -> str:
    limits = spot.limits
    least = f" of at least {limits[Ge]}" if limits.get(Ge) else f" above {limits[Gt]}" if Gt in limits else ""
    most = f"at most {limits[Le]}" if Le in limits else f"below {limits[Lt]}" if Lt in limits else ""
    if Ge in limits and Le in limits:
        return f" from {limits[Ge]} to {limits[Le]}"
    if limits.get(Ge) == 0:
        least = " of at least 0"
    return f"{least} and {most}" if least and most else least or (f" of {most}" if most else "")


def _length(spot: Spot, things: str) -> str:
    least, most = spot.limits.get(MinLen), spot.limits.get(MaxLen)
    if least and most:
        return f" of {least} to {most} {things}"
    if least:
        return f" of at least {least} {things if least > 1 else things.removesuffix('s')}"
    return f" of at most {most} {things}" if most else ""
