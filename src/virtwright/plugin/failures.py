"""Errors as gRPC knows them. A message says all: what, where and what to do."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

import grpc

from virtwright.errors import CancelledError, InputError, Problem, ProviderError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.python.messages import provider_pb2, status_pb2


@dataclass
class Status(grpc.Status):
    """An answer that is an error."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: Any = field(default=())


def told(error: VirtwrightError) -> str:
    """All problems of an error as text."""
    return "\n".join(_text(problem) for problem in error.problems)


def _text(problem: Problem) -> str:
    where, hint = str(problem.where), problem.hint
    return problem.message + (f"\n  at {where}" if where else "") + (f"\n{hint}" if hint else "")


def check_failures(error: VirtwrightError) -> list[provider_pb2.CheckFailure]:
    """One failure for each problem, each with the path of its property."""
    return [
        provider_pb2.CheckFailure(
            property=problem.where.path or "",
            reason=problem.message + (f"\n{problem.hint}" if problem.hint else ""),
        )
        for problem in error.problems
    ]


def status_of(error: BaseException, scrub: Callable[[str], str]) -> Status:
    """The status to answer with. ``FAILED_PRECONDITION`` tells the engine that nothing was done, or that what was done
    is known; ``UNKNOWN`` is for bugs, a provider's too, only, since the engine then holds the operation for half done."""
    if isinstance(error, CancelledError):
        return Status(grpc.StatusCode.CANCELLED, scrub(told(error)))
    if isinstance(error, InputError):
        return Status(grpc.StatusCode.INVALID_ARGUMENT, scrub(told(error)))
    if isinstance(error, ProviderError):
        return Status(grpc.StatusCode.UNKNOWN, scrub(told(error)))
    if isinstance(error, VirtwrightError):
        return Status(grpc.StatusCode.FAILED_PRECONDITION, scrub(told(error)))
    trace = "".join(traceback.format_exception(error))
    return Status(
        grpc.StatusCode.UNKNOWN,
        scrub(f"{type(error).__name__}: {error}\nThis is a bug in virtwright; please report it.\n{trace}"),
    )


def half_done(error: VirtwrightError, id: str, properties: Any, inputs: Any, scrub: Callable[[str], str]) -> Status:
    """The object exists but is not as it should be: the engine keeps it, with the reasons."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=id, properties=properties, inputs=inputs, reasons=_reasons(error, scrub)
    )
    status = status_pb2.Status(code=grpc.StatusCode.FAILED_PRECONDITION.value[0], message=scrub(told(error)))
    status.details.add().Pack(detail)
    return Status(
        grpc.StatusCode.FAILED_PRECONDITION,
        status.message,
        (("grpc-status-details-bin", status.SerializeToString()),),
    )


def _reasons(error: VirtwrightError, scrub: Callable[[str], str]) -> Sequence[str]:
    return [scrub(_text(problem)) for problem in error.problems]
