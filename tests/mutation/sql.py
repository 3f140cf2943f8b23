"""Faults of SQL statements. Pure."""

import re
from collections.abc import Iterator
from typing import Final

_STATEMENT: Final = re.compile(r"\b(SELECT|UPDATE|DELETE FROM|INSERT INTO|WHERE)\b")
_CONDITION: Final = r"(?:NOT\s)?[\w.]++(?:\s(?:=|<>|<=|>=|<|>)\s[:\w.]+|\sIS(?:\sNOT)?\sNULL)?+"
_LEFT_OUT: Final = (
    re.compile(rf"{_CONDITION}\s+AND\s+"),
    re.compile(rf"\s+AND\s+{_CONDITION}(?!\s*[\w(])"),
    re.compile(rf"\s+OR\s+{_CONDITION}(?!\s*[\w(])"),
    re.compile(r",\s+\w+ = :\w+"),
    re.compile(r"\sDESC\b"),
    re.compile(r"\sORDER BY \w+(?:\sDESC)?"),
)
_SWAPPED: Final = (
    ("IS NOT NULL", "IS NULL"),
    ("IS NULL", "IS NOT NULL"),
    ("NOT IN", "IN"),
    ("EXISTS", "NOT EXISTS"),
    ("<>", "="),
    (" < ", " <= "),
    (" > ", " >= "),
)


def is_sql(text: str) -> bool:
    return _STATEMENT.search(text) is not None


def faults(text: str) -> Iterator[str]:
    """The statement with a condition, an assignment or an order left out, or one word for another."""
    for pattern in _LEFT_OUT:
        for match in pattern.finditer(text):
            yield text[: match.start()] + text[match.end() :]
    for old, new in _SWAPPED:
        for match in re.finditer(re.escape(old), text):
            yield text[: match.start()] + new + text[match.end() :]
