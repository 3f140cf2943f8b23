"""How the tables of changes are written down."""

from collections.abc import Callable
from typing import Any, Literal

from tests.contract.namespace.items import swapped
from tests.contract.namespace.kernel import Running
from tests.contract.subject import FieldChange
from tests.programs import Item

from virtwright.providers.diff import Impact

Holds = Callable[[Any], None]
"""Asserts that a change is in force; the argument is the ``NamespaceSubject``."""


def change(
    items: tuple[Item, ...],
    goal: Item,
    impact: Impact,
    *fields: str,
    holds: Holds,
    prior: Item | None = None,
    more: tuple[Item, ...] = (),
    running: Literal["kept", "new", "none"] | None = None,
    name: str = "",
) -> FieldChange:
    """From ``items`` (with ``prior`` in the place of its namesake) to the same with ``goal``, and ``more`` beside it."""
    before = swapped(items, prior) if prior is not None else items
    after = (*swapped(before, goal), *more)
    label = f"{goal.kind}.{name or fields[0]}"
    return FieldChange(label, before, after, goal.name, impact, fields, holds, running)


def in_container(name: str, check: Callable[[Running], bool]) -> Holds:
    """Holds when ``check`` says so of the running container or machine."""

    def holds(subject: Any) -> None:
        one = subject.alive(name)
        assert check(one), (one, one.proc("cmdline"))

    return holds


def only_noted(subject: Any) -> None:
    """Nothing but the object's record and stamp shows such a value; that the next plan is empty is all there is."""
