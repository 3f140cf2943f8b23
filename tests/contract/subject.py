"""What a provider shows of itself to take part in the contract tests. ``docs/adding-a-provider.md`` says how to write one."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self

import pytest
from tests.programs import Item

from virtwright.engine.hosts import Opener
from virtwright.engine.state.records import ResourceRecord
from virtwright.providers.diff import Impact

Look = Callable[[Any], object]
"""Asks the host itself; the argument is the subject."""


@dataclass(frozen=True)
class Sample:
    """One resource of a kind, with what it needs. All of a sample can be made at once."""

    item: Item
    needs: tuple[Item, ...] = ()
    outputs: Callable[[Any, Mapping[str, Any]], None] | None = None
    """Asserts that the outputs are true; the arguments are the subject and the outputs."""

    @property
    def items(self) -> tuple[Item, ...]:
        return (*self.needs, self.item)


@dataclass(frozen=True)
class FieldChange:
    """One field changed by the user, and what the provider's page in docs/ says that it costs."""

    name: str
    """Kind and field: ``Container.files``."""
    before: tuple[Item, ...]
    after: tuple[Item, ...]
    changed: str
    """The item that differs."""
    impact: Impact
    fields: tuple[str, ...]
    """Every field that the plan must name, and no other."""
    in_force: Callable[[Any], None]
    """Asserts, by asking the host, that the new value holds."""
    running: Literal["kept", "new", "none"] | None = None
    """What becomes of the processes of the subject's witness. None: as the impact says."""


@dataclass(frozen=True)
class Harm:
    """Something done to an object by somebody else."""

    name: str
    items: tuple[Item, ...]
    do: Callable[[Any], None]
    """Does it, without virtwright; the argument is the subject."""
    seen: frozenset[str]
    """``item.field`` of what a plan must show; ``item`` alone where the object is gone."""
    data: Literal["kept", "lost"] = "kept"


class Subject(Protocol):
    """A provider with a private host. A context manager: leaving it removes the host and all that is on it, whatever
    happened to it."""

    name: ClassVar[str]
    marks: ClassVar[Sequence[pytest.MarkDecorator]]
    samples: ClassVar[Mapping[str, Sample]]
    """By kind; every kind that the provider offers."""
    changes: ClassVar[Sequence[FieldChange]]
    harms: ClassVar[Sequence[Harm]]
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]]
    """Items, and the name of the one among them that can't be deleted while the others use it."""
    broken: ClassVar[Sequence[tuple[Item, ...]]]
    """Items of which the last one passes ``check`` and can't be made."""
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]]
    """Two programs, for crashes: on the way from one to the other something is made, changed and replaced."""
    failpoints: ClassVar[Sequence[str]]
    """Named places in the provider's own code where a process may die."""

    stride: ClassVar[int]
    """Without a soak, a process is killed at every so many-th position: more than 1 where a host takes long."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    @property
    def uri(self) -> str: ...

    @property
    def opener(self) -> Opener:
        """Can be pickled, so that another process opens the same host."""
        ...

    @property
    def arrive(self) -> Callable[[], None]:
        """Brings a process that was just started to where the host is. Can be pickled."""
        ...

    def census(self) -> Counter[str]:
        """How many of each sort of thing are on the host: processes, devices, mounts, folders. Asked of the host, not
        of the provider's records: it finds what the provider forgot."""
        ...

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        """The census when just these are there, each once. Nothing when there are none."""
        ...

    def write_data(self, text: str) -> None:
        """Write ``text`` into the volume that is named ``data``. Asked of a subject that has a sample of a Volume; the items
        of its changes and harms hold that volume."""
        ...

    def read_data(self) -> str | None:
        """What ``write_data`` wrote last; None where it is gone."""
        ...

    def life(self) -> Sequence[str]:
        """Tells one run of the witness (whatever runs and uses the changed object) from the next; empty where it does
        not run or where nothing runs on such a host."""
        ...

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        """Copy an object, stamp and all, as a clone or a restored backup would. Returns whether the copy is still as
        it was."""
        ...
