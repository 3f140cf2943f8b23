"""What a check says of each of many inputs, in the form of golden files."""

from collections.abc import Callable, Iterable
from typing import Any

from virtwright.errors import VirtwrightError


def refusals(rows: Iterable[Any], check: Callable[[Any], object]) -> list[dict[str, Any]]:
    """One for each row of a golden input; a row that is taken has no ``error``."""
    return [{"given": row, **_said(row, check)} for row in rows]


def _said(row: Any, check: Callable[[Any], object]) -> dict[str, Any]:
    try:
        check(row)
    except VirtwrightError as error:
        named = {"error": type(error).__name__, "message": error.message, "where": str(error.where), "hint": error.hint}
        return {key: value for key, value in named.items() if value}
    return {}
