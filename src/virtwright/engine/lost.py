"""Hosts that the user says are gone for good, so that what they held can be made anew on others."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Final, TypeVar

from virtwright.engine.events import Warned
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import InputError, Problem, RefusedError, Where
from virtwright.providers.base import Provider
from virtwright.providers.contract import handlers_of
from virtwright.schemas.values import reveal

T = TypeVar("T")
_PATIENCE: Final = 5.0
"""Seconds for a host that is said to be lost to show that it is there."""


def lost_home(run: Run, record: ResourceRecord | None) -> str | None:
    """The lost host that the record's object was on."""
    if not run.places.lost or record is None:
        return None
    return next((each.name for each in run.places.of(record) if each.lost), None)


async def check_lost(run: Run) -> None:
    """Warn of what may still run there. Raises ``InputError`` for a host that the state does not know, ``RefusedError`` where one
    answers and has what the state has there."""
    known = {record.urn.name: record for record in run.snapshot.hosts()}
    for name in sorted(run.places.lost):
        if (record := known.get(name)) is None:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it knows: {', '.join(sorted(known)) or 'none'}"
            raise InputError.one(f"the state knows no host {name!r}", hint=hint)
        uri = (run.places.former(record.urn) or [reveal(record.inputs)])[0].get("uri")
        if run.observing and not run.trust.limited and name not in run.selection.options.give_up:
            await _refuse_living(run, record, str(uri))
        message = f"the host {name} ({uri}) is taken to be lost: nothing is asked of it, and what it held is made anew"
        hint = (
            "be sure that it is off: what still runs there runs twice. Should it come back, see what is on it with:\n"
            f"    virtwright host gc {uri}"
        )
        run.listen(Warned(Problem(message, Where(urn=str(record.urn)), hint)))


async def _refuse_living(run: Run, host: ResourceRecord, uri: str) -> None:
    records = [each for each in run.snapshot.resources() if each.host == host.urn and each.id is not None]
    provider = run.places.opened(host.urn, (run.places.former(host.urn) or [host.inputs])[0])
    there = await _in_time(lambda: _there(provider, run.hosts.stack, records)) if records else None
    if there:
        names = ", ".join(f"{address(each.urn)} ({each.id})" for each in there)
        raise RefusedError(
            f"the host {host.urn.name} is said to be lost, but {uri} answers, and has what the state has there: {names}",
            where=Where(urn=str(host.urn)),
            hint="where it lives, leave --lost out, so that what can move moves, and the rest is deleted there. Where it is to be given up"
            f" as it is, and what runs there may go on and run twice:\n    {run.typed} --give-up {host.urn.name}",
        )


def _there(provider: Provider, stack: str, records: Sequence[ResourceRecord]) -> list[ResourceRecord]:
    """Those of the records whose object is there."""
    kinds = {each.kind for each in records}
    found = {
        (kind, seen.id)
        for kind, handler in handlers_of(provider).items()
        if kind in kinds
        for seen in handler.observe(stack)
    }
    return [each for each in records if (each.kind, each.id) in found]


async def _in_time(work: Callable[[], T]) -> T | None:
    """What ``work`` returns; None where it fails, or takes too long. Nobody waits for its thread: it may hang on a host that is gone."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T | None] = loop.create_future()

    def tell(result: T | None) -> None:
        if not answer.done():
            answer.set_result(result)

    def run() -> None:
        result = None
        with suppress(Exception):  # a host that is gone fails in any way
            result = work()
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(tell, result)

    threading.Thread(target=run, name="lost host", daemon=True).start()
    done, _ = await asyncio.wait([answer], timeout=_PATIENCE)
    return answer.result() if done else None
