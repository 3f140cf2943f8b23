"""The one family of errors. Everything that can go wrong for a user is one of these; only the CLI prints them."""

from collections.abc import Callable, Sequence
from dataclasses import field, replace

from virtwright.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """The place an error speaks of. Lines and columns count from 1; what is not known is None."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    """The path of the field in the stack, for example ``vms.db.memory``."""
    host: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        position = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return ", ".join(part for part in (position, self.path, self.urn, self.host and f"host {self.host}") if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, where, and what to do about it."""

    message: str
    where: Where = field(default_factory=Where)
    hint: str | None = None
    """What to do. A command to copy stands on a line of its own, indented by four spaces."""


def rewritten(problem: Problem, change: Callable[[str], str]) -> Problem:
    """With each text of it changed, but for a place in a file of the user's, which has a line."""
    where = problem.where
    if where.file is not None and where.line is None:
        where = replace(where, file=change(where.file))
    return Problem(change(problem.message), where, problem.hint and change(problem.hint))


class VirtwrightError(Exception):
    """Base of every error that reaches a user: a message, a place, a hint."""

    def __init__(self, message: str, *, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(message, where or Where(), hint)
        self.others: tuple[Problem, ...] = ()

    @property
    def problems(self) -> Sequence[Problem]:
        """Everything that is wrong; more than one where a whole file or stack was checked."""
        return (self.problem, *self.others)

    @property
    def message(self) -> str:
        return self.problem.message

    @property
    def where(self) -> Where:
        return self.problem.where

    @property
    def hint(self) -> str | None:
        return self.problem.hint

    def located(self, *, host: str | None = None, urn: str | None = None) -> "VirtwrightError":
        """Fill in the host and URN where the raiser did not know them; returns self."""
        self.problem = _located(self.problem, host, urn)
        self.others = tuple(_located(each, host, urn) for each in self.others)
        return self


def _located(problem: Problem, host: str | None, urn: str | None) -> Problem:
    where = problem.where
    return replace(problem, where=replace(where, host=where.host or host, urn=where.urn or urn))


class InputError(VirtwrightError):
    """The stack, its configuration or the command line is wrong. Nothing was touched."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first, *others = problems
        super().__init__(first.message, where=first.where, hint=first.hint)
        self.others = tuple(others)

    @classmethod
    def one(cls, message: str, *, where: Where | None = None, hint: str | None = None) -> "InputError":
        return cls([Problem(message, where or Where(), hint)])


class UnsupportedError(VirtwrightError):
    """The provider or the host can't do what the stack asks for. Raised by checks, before anything is touched."""

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "UnsupportedError":
        """Of all that can't be done, at least one thing."""
        first, *others = problems
        error = cls(first.message, where=first.where, hint=first.hint)
        error.others = tuple(others)
        return error


class ProviderError(VirtwrightError):
    """A provider does not keep to the contract: the fault is in its code, and its author's to mend."""

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "ProviderError":
        """Of all that is wrong with it, at least one thing."""
        first, *others = problems
        error = cls(first.message, where=first.where, hint=first.hint)
        error.others = tuple(others)
        return error


class HostError(VirtwrightError):
    """A host refused, failed or can't be reached."""


class CreateFailedError(HostError):
    """A create failed half-way and could not be undone: the object ``id`` exists and must be tracked."""

    def __init__(self, message: str, *, id: str, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.id = id


class NothingDoneError(HostError):
    """An operation failed, and what raised this vouches that it left everything as it was."""


class WaitTimeoutError(HostError):
    """A wait ran out of time. The message says what was waited for and what was last seen."""


class CancelledError(HostError):
    """The user interrupted the run while this operation waited."""


class StateError(VirtwrightError):
    """The state store is damaged, of another version, or does not hold what was asked for."""


class StateLostError(StateError):
    """The connection to the state's database broke, or can't be made now. A write that was under way may have happened."""


class LeaseHeldError(StateError):
    """Somebody else holds the lease of the stack. The message names the holder."""


class LeaseLostError(StateError):
    """This process no longer holds the lease, so its write was refused."""


class SecretsError(VirtwrightError):
    """A passphrase is missing or wrong, or a ciphertext was damaged or moved."""


class RefusedError(VirtwrightError):
    """A step is not allowed: protected, loses data, or differs from the plan that was agreed to."""


class DataLossError(RefusedError):
    """Data would be lost of ``resource``, which the user did not name."""

    def __init__(self, message: str, *, resource: str, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.resource = resource
