"""Rows of a subject's table that begin with the same resources are tried one after the other on one host."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import pytest
from tests.contract.registry import cases


class Named(Protocol):
    """A row of a table."""

    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Named)
_MANY = 10
"""Of rows in one test, from where on it is begun early."""


def groups(table: Callable[[Any], Iterable[R]], start: Callable[[R], object]) -> list[Any]:
    """Parameters (the subject's name, some rows): those together that have the same start."""

    def together(subject: Any) -> list[list[R]]:
        found: list[list[R]] = []
        for row in table(subject):
            group = next((each for each in found if start(each[0]) == start(row)), None)
            if group is None:
                found.append([row])
            else:
                group.append(row)
        return found

    return [_begun_early(case) for case in cases(together, _label)]


def _begun_early(case: Any) -> Any:
    _, rows = case.values
    return case._replace(marks=(*case.marks, pytest.mark.slow)) if len(rows) >= _MANY else case


def _label(rows: Sequence[Named]) -> str:
    return rows[0].name if len(rows) == 1 else f"{rows[0].name} and {len(rows) - 1} more"


@contextmanager
def trying(row: Named) -> Iterator[None]:
    """What fails meanwhile says which row it was."""
    try:
        yield
    except Exception as error:
        error.add_note(f"when this was tried: {row.name}")
        raise
