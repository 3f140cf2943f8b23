"""The hosts of one run: their providers, how much may run on each at once, and one listing for each kind."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import field
from functools import partial
from typing import Any, TypeVar

from virtwright.engine.events import HostObserved, Listener, Warned
from virtwright.engine.host_identity import differences, impostors, refusal
from virtwright.engine.observing import observe
from virtwright.engine.ownership import Ownership
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import InputError, Problem, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Handler, Observed, Provider
from virtwright.providers.contract import handlers_of, open_checked
from virtwright.providers.hooks import KnowsItself, Meets, offers
from virtwright.providers.schemes import provider_class, schemes
from virtwright.schemas.host import Host
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn

T = TypeVar("T")
Opener = Callable[[str, Host], Provider]
Recorded = Callable[[str, str], Sequence[ResourceRecord]]
"""By the name of a host and a kind: what the state has there."""
RecordedOperations = Callable[[], Mapping[str, Collection[str]]]
"""What made or changed the objects of the state's records, with the ids of these."""
Evidence = Callable[[str, str], Mapping[str, str]]
"""By the name of a host and its URI: what the host there told of itself when the state was written."""


def open_provider(name: str, host: Host) -> Provider:
    """Load the provider registered for the URI's scheme (the name of its entry point) and open it.

    Raises ``InputError`` where there is none, and ``ProviderError`` where it does not keep to the contract.
    """
    scheme = host.uri.partition("://")[0]
    found = provider_class(scheme)
    if found is None:
        import difflib

        near = difflib.get_close_matches(scheme, schemes(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"installed are: {', '.join(schemes())}"
        raise InputError.one(f"no provider serves the URI scheme {scheme!r}", hint=hint)
    return open_checked(found, name, host)


def introduce(provider: Provider, peers: Callable[[], Mapping[str, Provider]]) -> None:
    """Tell the provider of the stack's other hosts, where it wants to know."""
    if offers(provider, Meets):
        provider.meet(peers)


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything of one kind on one host that bears the stack's stamp."""

    objects: tuple[Observed[Any, Any], ...]
    by_id: Mapping[str, Observed[Any, Any]]
    by_urn: Mapping[str, list[Observed[Any, Any]]]
    """Without what is displaced: that is known by its id alone."""
    others: tuple[Observed[Any, Any], ...] = ()
    """What bears the stack's name and is not this state's: nothing is to be done to it."""
    copies: tuple[Observed[Any, Any], ...] = ()
    """Nor to what bears the stamp of one of the stack's own objects and is not it."""

    @classmethod
    def of(
        cls,
        objects: tuple[Observed[Any, Any], ...],
        others: tuple[Observed[Any, Any], ...] = (),
        copies: tuple[Observed[Any, Any], ...] = (),
    ) -> "Listing":
        by_urn: dict[str, list[Observed[Any, Any]]] = {}
        for each in (each for each in objects if not each.displaced):
            by_urn.setdefault(each.stamp.urn, []).append(each)
        return cls(objects, {each.id: each for each in objects}, by_urn, others, copies)

    def of_urn(self, urn: Urn) -> list[Observed[Any, Any]]:
        return self.by_urn.get(str(urn), [])

    def other(self, urns: Collection[Urn], id: str | None = None) -> Observed[Any, Any] | None:
        """What is not this state's, and has one of these names there, or the id."""
        names = frozenset(map(str, urns))
        others = (each for each in (*self.others, *self.copies) if not each.displaced)
        return next((each for each in others if each.stamp.urn in names or each.id == id), None)


@dataclass(slots=True, eq=False)
class Connection:
    """One host of the run."""

    name: str
    host: Host
    provider: Provider
    slots: asyncio.Semaphore
    lost: bool = False
    """It is gone for good: it is never asked, and nothing is on it."""
    listings: dict[str, "asyncio.Future[Listing]"] = field(default_factory=dict)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """All listings are there, or have failed."""
    asking: "asyncio.Task[None] | None" = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    """What it told of itself, once it has answered."""
    mistaken: VirtwrightError | None = None
    """It is another host than the one that the state has there."""
    _handlers: Mapping[str, Handler[Any, Any]] | None = None

    @property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        """By kind. The provider is asked for them once: each resource asks several times."""
        if self._handlers is None:
            self._handlers = handlers_of(self.provider)
        return self._handlers

    def handler(self, kind: str) -> Handler[Any, Any]:
        """Raises ``InputError`` where the provider does not offer the kind."""
        handler = self.handlers.get(kind)
        if handler is None:
            offered = ", ".join(sorted(self.handlers))
            raise InputError.one(
                f"the host {self.name} ({self.host.uri}) offers no {kind}", hint=f"it offers: {offered}"
            )
        return handler

    def listed(self) -> Iterator[Listing]:
        """What it has told in this run."""
        for task in self.listings.values():
            if task.done() and not task.cancelled() and not task.exception():
                yield task.result()


class Hosts:
    """Opens providers and lists what is on them, once for each host and kind. Use it on the run's event loop."""

    def __init__(
        self,
        stack: str,
        threads: Executor,
        listen: Listener,
        opener: Opener = open_provider,
        recorded: Recorded = lambda host, kind: (),
        *,
        owner: Ownership,
        evidence: Evidence | None = None,
        operations: RecordedOperations = dict,
    ) -> None:
        """Without ``evidence`` no host is asked what it is."""
        self.stack = stack
        self.owner = owner
        self._recorded = recorded
        self._operations = operations
        self._evidence = evidence
        self._threads = threads
        self._listen = listen
        self._opener = opener
        self._connections: dict[tuple[str, str, bool], Connection] = {}
        self.peers: Callable[[], Mapping[str, Provider]] = dict
        """The stack's hosts by name, for providers whose resources spread over several of them."""

    def connect(self, name: str, host: Host, *, lost: bool = False) -> Connection:
        """The connection for this host; the same one for the same name and settings."""
        key = (name, json.dumps(to_properties(host), sort_keys=True, default=repr), lost)
        if key not in self._connections:
            provider = self._opener(name, host)
            introduce(provider, lambda: self.peers())
            self._connections[key] = Connection(name, host, provider, asyncio.Semaphore(host.max_parallel), lost)
        return self._connections[key]

    async def listing(self, connection: Connection, kind: str) -> Listing:
        """What bears the stamp, asked of the host at most once in a run. Raises the host's error every time.

        All kinds are asked for at once, and returns when all have answered: what is decided about one resource must not
        depend on what was done about another meanwhile.
        """
        connection.handler(kind)
        if not connection.listings:
            for each in connection.handlers:
                connection.listings[each] = asyncio.ensure_future(self._observe(connection, each))
            connection.asking = asyncio.ensure_future(self._all_answered(connection))
        await connection.answered.wait()
        if connection.mistaken is not None:
            raise connection.mistaken
        return connection.listings[kind].result()

    async def amend(
        self,
        connection: Connection,
        kind: str,
        change: Callable[[Observed[Any, Any]], Observed[Any, Any] | None],
    ) -> None:
        """Let the rest of the run see a listing in another way: what ``change`` makes of each object, None to leave it out."""
        listing = await self.listing(connection, kind)
        told = [change(each) for each in listing.objects]
        amended: asyncio.Future[Listing] = asyncio.get_running_loop().create_future()
        amended.set_result(Listing.of(tuple(each for each in told if each is not None), listing.others, listing.copies))
        connection.listings[kind] = amended

    async def _observe(self, connection: Connection, kind: str) -> Listing:
        if connection.lost:
            return Listing.of(())
        started = time.monotonic()
        handler = connection.handler(kind)
        records = self._recorded(connection.name, kind)
        stamped, recalled = await self.call(connection, lambda: observe(handler, self.stack, records))
        split = self.owner.split(kind, stamped, records, self._operations())
        found = (*split.own, *recalled)
        self._listen(HostObserved(connection.name, kind, len(found), time.monotonic() - started))
        return Listing.of(found, split.others, split.copies)

    async def _all_answered(self, connection: Connection) -> None:
        told = asyncio.ensure_future(self._ask_itself(connection))
        try:
            await asyncio.wait(connection.listings.values())
            for task in connection.listings.values():
                _ = task.cancelled() or task.exception()  # one that nobody asks for may fail unheard
            await told
            self._compare(connection)
        finally:
            connection.answered.set()

    async def _ask_itself(self, connection: Connection) -> None:
        """A host that can't be asked is told by its listings."""
        provider = connection.provider
        if self._evidence is not None and not connection.lost and offers(provider, KnowsItself):
            with contextlib.suppress(VirtwrightError):
                connection.evidence = await self.call(connection, provider.evidence)

    def _compare(self, connection: Connection) -> None:
        uri = connection.host.uri
        known = self._evidence(connection.name, uri) if self._evidence is not None else {}
        told = differences(known, connection.evidence)
        if not told:
            return
        done = {kind: each for kind, each in connection.listings.items() if not each.cancelled()}
        kinds = {kind: each.result() for kind, each in done.items() if not each.exception()}
        objects = [each for listing in kinds.values() for each in (*listing.objects, *listing.copies)]
        records = [record for kind in kinds for record in self._recorded(connection.name, kind)]
        if others := impostors(objects, records, self.owner.operations):
            connection.mistaken = refusal(uri, told, others).located(host=connection.name)
        elif records and not objects:
            message = f"{uri} is another host than the one that the state has there: its {', '.join(told)} differs"
            self._listen(Warned(Problem(message, Where(host=connection.name))))

    async def call(self, connection: Connection, work: Callable[[], T]) -> T:
        """Run ``work`` on a thread when the host has a free slot; foreign exceptions become a ``VirtwrightError``."""
        async with connection.slots:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, partial(_guarded, connection.name, work))

    def listed(self) -> Iterable[Observed[Any, Any]]:
        """Every object of every listing of this run."""
        for connection in self._connections.values():
            for listing in connection.listed():
                yield from listing.objects

    def connections(self) -> Collection[Connection]:
        """Those of this run."""
        return self._connections.values()

    def close(self) -> None:
        for connection in self._connections.values():
            connection.provider.close()


def _guarded(host: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except VirtwrightError as error:
        raise error.located(host=host) from error.__cause__
    except Exception as error:
        raise VirtwrightError(
            f"{type(error).__name__}: {error}",
            hint="Either the host answered what can't be understood, or there is a bug in the provider. Please report it.",
        ).located(host=host) from error
