"""How validators of the vocabulary report a fault, and what they tell about a field's form.

A validator never puts a value into its message by itself: the value may be a secret. It hands the values over, and
``problems_of`` shows or masks them.
"""

from pydantic_core import PydanticCustomError

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.values import Path

FAULT = "fault"
"""The pydantic error type of every fault raised here."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Field metadata: the form of the value in plain words, to go after "expected"."""

    words: str


def fault(template: str, *, at: Path = (), show: bool = False, **values: object) -> PydanticCustomError:
    """An error to raise. ``template`` names ``values`` in braces. ``at`` is the way from the validated value to what is
    at fault. With ``show`` the validated value itself is quoted after the message."""
    context = {"template": template, "at": at, "show": show, "values": values}
    return PydanticCustomError(FAULT, "{template}", context)
