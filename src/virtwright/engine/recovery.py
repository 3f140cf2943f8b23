"""Passes that write the state and no host: ``recover`` rebuilds it from stamps, ``refresh`` takes over what changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from virtwright.engine.actor import record_of, secret_names, with_secrets
from virtwright.engine.copies import likelihood, told_of_copy, told_of_rival
from virtwright.engine.decide import GONE, current_inputs
from virtwright.engine.desired import Desired, prepare
from virtwright.engine.events import Warned
from virtwright.engine.existing import FIELD, use, without_existing
from virtwright.engine.hashing import stamp_hash, with_untold
from virtwright.engine.hosts import Connection
from virtwright.engine.ids import is_of_a_state
from virtwright.engine.journal import Journal
from virtwright.engine.journeys import CutOff
from virtwright.engine.masking import mask_changes
from virtwright.engine.observing import known, record_of_seen
from virtwright.engine.ownership import with_proof
from virtwright.engine.registration import Registration
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.services import RunServices, run_program
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import Changes, ResourceRecord, utc_now
from virtwright.engine.step import Op, Step
from virtwright.errors import HostError, RefusedError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Handler, Observed
from virtwright.providers.diff import Change, Impact, differences
from virtwright.providers.hooks import Recalls, StampsOnce, offers
from virtwright.providers.moves import Journey
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Properties, Value, mark_secrets, reveal, secret_paths
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND, Goal, Program, Registered


@dataclass(slots=True)
class Recorder:
    """The actor of passes that touch no host: it commits."""

    snapshot: Snapshot
    journal: Journal

    async def commit(self, changes: Changes) -> None:
        changes = self.snapshot.completed(changes)
        await self.journal.commit(changes)
        self.snapshot.apply(changes)

    async def tidy(self, connection: Connection, kind: str) -> None:
        """The next apply finds nothing open and does not ask: what is left goes with the kind's next change."""

    async def create(
        self, task: Any, *, dooms: ResourceRecord | None = None, home: Connection | None = None
    ) -> ResourceRecord:
        raise AssertionError("a recovery creates nothing")

    async def update(self, task: Any) -> ResourceRecord:
        raise AssertionError("a recovery updates nothing")

    async def prepare(self, task: Any) -> None:
        raise AssertionError("a recovery replaces nothing")

    async def move(self, task: Any, home: Connection, leaves: Urn, journey: Journey) -> tuple[ResourceRecord, str]:
        raise AssertionError("a recovery moves nothing")

    async def arrive(self, cut: CutOff, *, arrived: bool) -> None:
        raise HostError("a refresh changes no host", hint="apply: it ends the move")

    async def delete(self, step: Step, record: ResourceRecord, connection: Connection, *, keep: bool = False) -> None:
        raise AssertionError("a recovery deletes nothing")


class Recovery:
    """Takes every stamped object on the program's hosts into the state."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._taken: set[str] = run.snapshot.known_ids()
        self._operations: set[str] = set()
        """Those that made what was taken."""

    async def carry_out(self, program: Program, services: RunServices) -> Mapping[str, Value]:
        """Returns the stack's outputs as far as they are known again."""
        outputs = await run_program(program, self._register, services)
        for host, connection in self._run.places.declared().items():
            for kind in connection.handlers:
                listing = await self._run.hosts.listing(connection, kind)
                for copy in listing.copies:
                    self._tell(copy, connection)
                for seen in self._likeliest_first(listing.objects):
                    await self._meet(host, kind, seen, connection)
        return {name: value for name, value in outputs.items() if value is not UNKNOWN}

    async def _meet(self, host: Urn, kind: str, seen: Observed[Any, Any], connection: Connection) -> None:
        """A resource has one object. Another one is an old one of it, to be deleted, where the state knows its operation: no stamp tells
        that."""
        urn = Urn.parse(seen.stamp.urn)
        if seen.id in self._taken:
            await self._prove(host, seen)
        elif seen.stamp.operation in self._operations:
            self._tell(seen, connection)
        elif (live := self._run.snapshot.live.get(urn)) is not None and not self._is_of_a_run(seen, urn):
            told = told_of_rival(seen, live.id or "what was deleted", connection.name, connection.host.uri)
            self._run.listen(Warned(told))
        else:
            await self._take(record_of_seen(host, kind, seen), seen)

    def _likeliest_first(self, objects: Iterable[Observed[Any, Any]]) -> list[Observed[Any, Any]]:
        """What the state's own runs made comes before what a stamp alone speaks for, and of that what was made last."""

        def key(seen: Observed[Any, Any]) -> tuple[Any, ...]:
            if self._is_of_a_run(seen, Urn.parse(seen.stamp.urn)):
                return True, False, False, seen.made, seen.id
            return False, *likelihood(seen)

        return sorted(objects, key=key, reverse=True)

    def _is_of_a_run(self, seen: Observed[Any, Any], urn: Urn) -> bool:
        return self._run.hosts.owner.operations.all.get(seen.stamp.operation) == urn

    def _tell(self, copy: Observed[Any, Any], connection: Connection) -> None:
        self._run.listen(Warned(told_of_copy(copy, connection.name, connection.host.uri)))

    async def _register(self, goal: Goal) -> Registered:
        if goal.kind in (HOST_KIND, COMPONENT_KIND):
            return await Registration(self._run).register(goal)
        connection = self._run.places.connection(goal.host)
        kind = EVERY_KIND[goal.kind]
        unknown: Properties = {**dict.fromkeys(kind.outputs.model_fields, UNKNOWN), **goal.inputs}
        if connection is None:
            return Registered(goal.urn, None, unknown)
        goal = without_existing(self._run, goal)
        if goal.inputs.get(FIELD) is not None:
            return await use(self._run, goal, prepare(goal, kind, connection.handler(goal.kind)), None, connection)
        prior = self._run.snapshot.live.get(goal.urn)
        listing = await self._run.hosts.listing(connection, goal.kind)
        stamped = (each for name in (goal.urn, *sorted(goal.aliases)) for each in listing.of_urn(name))
        seen = next(iter(self._likeliest_first(each for each in stamped if not self._is_taken(each))), None)
        if prior is not None or seen is None:
            return Registered(goal.urn, None, unknown) if prior is None else _answer(prior)
        handler = connection.handler(goal.kind)
        desired = prepare(goal, kind, handler)
        record = self._found(desired, with_untold(seen, desired, handler, self._run.mac), handler)
        await self._take(record, seen)
        return _answer(record)

    def _found(self, desired: Desired, seen: Observed[Any, Any], handler: Handler[Any, Any]) -> ResourceRecord:
        """The goal's own inputs where the stamp says that they were applied, else what the host tells."""
        record = record_of(
            desired, row=None, id=seen.id, outputs=to_properties(seen.outputs), inputs_hash=seen.stamp.inputs_hash
        )
        if desired.complete and stamp_hash(handler, desired, self._run.mac) == seen.stamp.inputs_hash:
            changed = offers(handler, StampsOnce) and handler.diff(seen.inputs, desired.model)
            if not changed:
                return record
        return replace(record, inputs=mark_secrets(current_inputs(None, seen), desired.secrets))

    def _is_taken(self, seen: Observed[Any, Any]) -> bool:
        return seen.id in self._taken or seen.stamp.operation in self._operations

    async def _prove(self, host: Urn, seen: Observed[Any, Any]) -> None:
        """What the state has and its history denies is its own after all, as somebody says who recovers it."""
        record = self._run.snapshot.live.get(Urn.parse(seen.stamp.urn))
        if record is not None and (record.id, record.host) == (seen.id, host):
            proven = with_proof(record, seen.stamp, self._run.hosts.owner.identity)
            if proven is not record:
                await self._run.actor.commit(Changes(put=(proven,)))

    async def _take(self, record: ResourceRecord, seen: Observed[Any, Any]) -> None:
        self._taken.add(seen.id)
        self._operations |= {seen.stamp.operation} if is_of_a_state(seen.stamp.operation) else set()
        doomed = record.urn in self._run.snapshot.live
        record = replace(record, inputs=self._run.redactor.wrap(record.inputs), doomed=doomed)
        record = with_proof(record, seen.stamp, self._run.hosts.owner.identity)
        await self._run.actor.commit(Changes(put=(record,)))
        reason = "its stamp; there is another one, so the next apply deletes this one" if doomed else "its stamp"
        step = Step(Op.ADOPT, record.urn, record.kind, record.host.name if record.host else None, reason=reason)
        self._run.announce(step)
        self._run.count(Op.ADOPT)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a state that holds nothing would take, and nothing proves to be its own."""

    identity: str = ""
    """Of those objects; empty where their stamps have none."""
    objects: tuple[str, ...] = ()
    """For people."""


def claim_of(objects: Sequence[Observed[Any, Any]], own: str, chosen: str | None) -> Claim:
    """Raises as ``found_identity``."""
    identity = found_identity(objects, own, chosen)
    if identity == own and any(each.stamp.identity == own for each in objects):
        return Claim()
    taken = [each for each in objects if not each.stamp.is_signed or each.stamp.identity == identity]
    return Claim(identity if identity != own else "", tuple(sorted(_claimed(each) for each in taken)))


def _claimed(seen: Observed[Any, Any]) -> str:
    made = f", made {seen.made}" if seen.made else ""
    return f"{address(Urn.parse(seen.stamp.urn))} ({seen.id}{made})"


def found_identity(objects: Iterable[Observed[Any, Any]], own: str, chosen: str | None) -> str:
    """The identity of an empty state for which the hosts show these ``objects``: the only one, its own, or the ``chosen``.

    Raises ``RefusedError`` where the hosts show several, or not the chosen one.
    """
    names: dict[str, list[str]] = {}
    for each in objects:
        if each.stamp.is_signed:
            names.setdefault(each.stamp.identity, []).append(f"{address(Urn.parse(each.stamp.urn))} ({each.id})")
    if chosen in names:
        return chosen
    shown = "".join(f"\n    {identity}: {', '.join(sorted(names[identity]))}" for identity in sorted(names))
    if chosen is not None:
        raise RefusedError(
            f"nothing on the hosts bears the identity {chosen}", hint=f"there are:{shown}" if shown else None
        )
    if len(names) > 1 and own not in names:
        raise RefusedError(
            "the hosts show objects of several states that have a stack of this name",
            hint=f"name the identity that this state is to have: virtwright state recover --identity IDENTITY{shown}",
        )
    return own if own in names or not names else next(iter(names))


def _answer(record: ResourceRecord) -> Registered:
    return Registered(record.urn, record.id, {**record.inputs, **record.outputs})


async def refresh(run: Run) -> None:
    """Compare every record with its host and write down what differs."""
    for record in run.snapshot.resources():
        if record.urn in run.astray:
            continue
        try:
            await _refresh(run, record)
        except VirtwrightError as error:
            run.fail(error, record.urn, record.kind, record.host.name if record.host else None, 0.0)


async def _refresh(run: Run, record: ResourceRecord) -> None:
    run.places.check(record)
    seen = None
    for place in run.places.of(record):
        seen = seen or await _seen(run, record, place)
    if seen is None:
        run.announce(_read(record, (), GONE))
        # else a plan shows that it is gone, and apply creates it again
        if not run.snapshot.dependants(record.urn) and not EVERY_KIND[record.kind].holds_data:
            await run.actor.commit(Changes(remove=(record.row,)))
        return
    secrets = secret_paths(record.inputs)
    current = current_inputs(record, seen)
    fresh = replace(
        record,
        inputs=run.redactor.wrap(mark_secrets(current, secrets)),
        outputs=with_secrets(to_properties(seen.outputs), secret_names(record.outputs)),
        modified=utc_now(),
    )
    changes = tuple(
        Change(path, old, new, Impact.NONE) for path, old, new in differences(reveal(record.inputs), current)
    )
    if not replace(fresh, modified=record.modified).says(record):
        await run.actor.commit(Changes(put=(fresh,)))
    if changes or seen.drift:
        shown = mask_changes((*changes, *seen.drift), secrets, run.mac, run.redactor.finds)
        run.announce(_read(record, shown, "changed on the host"))


async def _seen(run: Run, record: ResourceRecord, place: Connection) -> Observed[Any, Any] | None:
    handler = place.handler(record.kind)
    if record.id is not None and offers(handler, Recalls):
        return await run.hosts.call(place, lambda: handler.read(known(record)))
    return (await run.hosts.listing(place, record.kind)).by_id.get(record.id or "")


def _read(record: ResourceRecord, changes: tuple[Change, ...], reason: str) -> Step:
    host = record.host.name if record.host is not None else None
    return Step(Op.READ, record.urn, record.kind, host, changes, reason=reason, drifted=True)
