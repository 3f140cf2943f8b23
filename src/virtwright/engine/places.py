"""Where the resources of a run live: the hosts that its program names, and those that the state remembers."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Final
from uuid import uuid4

from virtwright.engine.admission import FORMER, Admission
from virtwright.engine.hosts import Connection, Hosts, Listing
from virtwright.engine.ids import new_id
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import ResourceRecord, utc_now
from virtwright.engine.state.traits import NO_TRAITS
from virtwright.errors import HostError, RefusedError, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Provider
from virtwright.schemas.exposure import check_exposure
from virtwright.schemas.host import Host
from virtwright.schemas.host_models import host_model
from virtwright.schemas.properties import from_model, to_model
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties, Sealed, has_unknown, reveal, walk
from virtwright.stacks.base import HOST_KIND, Goal

_RUN_ONCE: Final = (
    "its code runs where its program says: with the resource in the program, apply once, then remove it:\n"
    "    virtwright apply\n"
    "or forget the object and leave it as it is:\n    virtwright state forget NAME"
)
_NAME_AGAIN: Final = (
    "name the host in the stack again, or forget the object and leave it as it is:\n    virtwright state forget NAME"
)


@dataclass(slots=True)
class Places:
    """The connections of one run, by the host's URN."""

    hosts: Hosts
    snapshot: Snapshot
    lost: frozenset[str] = frozenset()
    """Names of hosts that are gone for good where the state has them."""
    admission: Admission = field(default_factory=Admission)
    _declared: dict[Urn, Connection | None] = field(default_factory=dict)
    """None: not known yet, as its inputs are made in the same run."""
    _failed: dict[Urn, VirtwrightError] = field(default_factory=dict)
    """What was wrong with a host that the program registers."""
    _written: dict[str, Where] = field(default_factory=dict)
    """By the host's name: where the program has it."""
    _remembered: dict[Urn, tuple[ResourceRecord, Connection]] = field(default_factory=dict)
    """What the state's records of hosts lead to: asked for with each resource that is deleted."""

    def __post_init__(self) -> None:
        self.hosts.peers = self.providers

    def providers(self) -> dict[str, Provider]:
        """By the host's name: those that the program has registered, and those that the state remembers, but for lost
        ones. Asked from threads of hosts, while the program goes on registering."""
        urns = dict.fromkeys([*(record.urn for record in self.snapshot.hosts()), *list(self._declared)])
        connections = {urn.name: self.connection(urn) for urn in urns if urn not in self._failed}
        return {name: each.provider for name, each in connections.items() if each is not None and not each.lost}

    def declare(self, goal: Goal) -> ResourceRecord | None:
        """Open the host that a program registers. Returns its record, or None while its inputs are not known.

        Raises ``InputError`` where they are wrong, and ``RefusedError`` where its URI changes again too early, or where
        the host is lost and has the URI that it had. What is raised is raised again for whoever asks for the host.
        """
        try:
            return self._declare(goal)
        except VirtwrightError as error:
            self._failed[goal.urn] = error
            raise

    def looked_at(self, goal: Goal) -> Connection:
        """A host that is not the program's (yet). Raises as ``declare``."""
        model, _ = self._checked(goal)
        return self.hosts.connect(goal.urn.name, model)

    def _checked(self, goal: Goal) -> tuple[Host, Properties]:
        model = to_model(host_model(goal.inputs), goal.inputs, goal.locate)
        check_exposure(Host, goal.inputs, goal.locate)
        return model, from_model(model, goal.inputs)

    def _declare(self, goal: Goal) -> ResourceRecord | None:
        model, inputs = self._checked(goal)
        self.admission.check(inputs, goal.locate, known=goal.urn in self.snapshot.live)
        if has_unknown(_without_sealed_logins(inputs)):
            self._declared[goal.urn] = None
            return None
        self._written[goal.urn.name] = goal.locate(("uri",))
        self._refuse_lost(goal, inputs)
        self._refuse_another_move(goal, inputs)
        try:
            self._declared[goal.urn] = self.hosts.connect(goal.urn.name, model)
        except VirtwrightError as error:
            where = replace(goal.locate(("uri",)), urn=str(goal.urn))
            error.problem = replace(error.problem, where=where)
            error.others = tuple(replace(each, where=where) for each in error.others)
            raise
        return _record(goal, inputs, self.snapshot.live.get(goal.urn))

    def _refuse_lost(self, goal: Goal, inputs: Properties) -> None:
        prior = self.snapshot.live.get(goal.urn)
        if (
            goal.urn.name in self.lost
            and prior is not None
            and not (changes_uri(prior, inputs) or former_inputs(prior))
        ):
            raise RefusedError(
                f"the host {goal.urn.name} is said to be lost, but the stack has it where it was",
                where=replace(goal.locate(("uri",)), urn=str(goal.urn)),
                hint="give it the URI of the host that takes its place, or take it out and give its resources another host",
            )

    def _refuse_another_move(self, goal: Goal, inputs: Properties) -> None:
        """An old object that has the id of its new one is told from it by the place alone: that needs just two places."""
        prior = self.snapshot.live.get(goal.urn)
        if prior is None or not former_inputs(prior) or not changes_uri(prior, inputs):
            return
        ids = {record.id for record in self.snapshot.live.values() if record.host == goal.urn}
        for old in self.snapshot.doomed.values():
            if old.host == goal.urn and old.id in ids:
                uri = reveal(prior.inputs).get("uri")
                raise RefusedError(
                    f"the URI of {goal.urn.name} changes again, but an old object of {old.urn.name} ({old.id}) is still"
                    " where the host was before its last change",
                    where=replace(goal.locate(("uri",)), urn=str(goal.urn)),
                    hint=f"set the URI back to {uri} and apply that first, so that the old object is deleted",
                )

    def connection(self, urn: Urn | None) -> Connection | None:
        """As the program says, else as the state remembers. None where it is not known (yet). Raises what is wrong with
        the host where it can't be opened."""
        if urn in self._failed:
            raise self._failed[urn]
        if urn is None or urn in self._declared:
            return self._declared[urn] if urn is not None else None
        record = self.snapshot.live.get(urn)
        if record is None:
            return None
        known = self._remembered.get(urn)
        if known is None or known[0] is not record:
            known = self._remembered[urn] = (record, self._connect(urn, record.inputs))
        return known[1]

    async def listing(self, place: Connection, kind: str) -> Listing:
        """What there is of the kind. Raises the host's error, at the host's own place in the stack: it is no fault of the resource
        that asks."""
        try:
            return await self.hosts.listing(place, kind)
        except VirtwrightError as error:
            host, written = error.where.host, self._written.get(place.name, Where())
            if written.line is not None and error.where == Where(host=host):
                error.problem = replace(error.problem, where=replace(written, host=host))
            raise

    def of(self, record: ResourceRecord) -> list[Connection]:
        """Where the record's object may be: on its host, or where that was before its URI changed."""
        return self.all(record.host) if record.host is not None else []

    def check(self, record: ResourceRecord) -> None:
        """Raises ``HostError`` where nobody knows the record's host: that an object is not found nowhere says nothing of it."""
        if record.host is None or record.host in self._declared or record.host in self.snapshot.live:
            return
        raise HostError(
            f"the state does not know the host {record.host.name}, where this object is",
            where=Where(urn=str(record.urn)),
            hint=_RUN_ONCE if record.urn.is_dynamic else _NAME_AGAIN,
        )

    def all(self, urn: Urn) -> list[Connection]:
        """The host's connection, and those that it had before."""
        now = self.connection(urn)
        record = self.snapshot.live.get(urn)
        former = [self._connect(urn, inputs) for inputs in former_inputs(record)] if record is not None else []
        return [*([now] if now is not None else []), *(place for place in former if place is not now)]

    def former(self, urn: Urn) -> list[Properties]:
        """The inputs that a host had before its URI changed, the oldest first, as long as something may be left there."""
        record = self.snapshot.live.get(urn)
        return [reveal(inputs) for inputs in former_inputs(record)] if record is not None else []

    def left(self) -> tuple[ResourceRecord, ...]:
        """The records of hosts with a former place, without it: to be put when everything has moved."""
        return tuple(
            replace(record, outputs={name: value for name, value in record.outputs.items() if name != FORMER})
            for record in self.snapshot.hosts()
            if former_inputs(record)
        )

    def told(self, records: Iterable[ResourceRecord] = ()) -> tuple[ResourceRecord, ...]:
        """The ``records`` of hosts, and those of all others that have told of themselves what the state does not have."""
        put = {record.urn: record for record in records}
        for urn, place in self.declared().items():
            record = put.get(urn) or self.snapshot.live.get(urn)
            if record is not None and place.evidence and record.traits.evidence != place.evidence:
                traits = record.traits.model_copy(update={"evidence": dict(place.evidence)})
                put[urn] = replace(record, traits=traits)
        return tuple(put.values())

    def declared(self) -> Mapping[Urn, Connection]:
        """The hosts that the program registered."""
        return {urn: place for urn, place in self._declared.items() if place is not None}

    def opened(self, urn: Urn, inputs: Properties) -> Provider:
        """A host as the state has it, or had it, also where it is lost."""
        return self._connect(urn, inputs).provider

    def _connect(self, urn: Urn, inputs: Properties) -> Connection:
        self.admission.check(inputs)
        host = host_model(inputs).model_validate(reveal(inputs))
        try:
            return self.hosts.connect(urn.name, host, lost=urn.name in self.lost)
        except VirtwrightError as error:
            raise error.located(host=urn.name, urn=str(urn)) from error.__cause__


def uris(records: Iterable[ResourceRecord]) -> set[str]:
    """Where a stack has its hosts, or had them and may have left something."""
    hosts = [record for record in records if record.kind == HOST_KIND]
    return {str(reveal(inputs).get("uri")) for host in hosts for inputs in (host.inputs, *former_inputs(host))}


def _without_sealed_logins(inputs: Properties) -> Properties:
    """A host can be asked without those: they are used when an image is pulled."""
    logins = inputs.get("registries")
    sealed = [leaf for _, leaf in walk(logins) if isinstance(reveal(leaf), Sealed)] if logins else []
    return {name: value for name, value in inputs.items() if name != "registries"} if sealed else inputs


def former_inputs(record: ResourceRecord) -> list[Properties]:
    """The inputs that a host had before its URI changed, as its record has them."""
    former: list[Properties] = record.outputs.get(FORMER, [])
    return former


def changes_uri(prior: ResourceRecord, inputs: Properties) -> bool:
    """Whether a host has another URI now than its record has."""
    return bool(reveal(prior.inputs).get("uri") != reveal(inputs).get("uri"))


def _record(goal: Goal, inputs: Properties, prior: ResourceRecord | None) -> ResourceRecord:
    now = utc_now()
    former = former_inputs(prior) if prior is not None else []
    moved = prior is not None and changes_uri(prior, inputs)
    if prior is not None and moved:
        former = [*former, prior.inputs]
    return ResourceRecord(
        traits=prior.traits if prior is not None and not moved else NO_TRAITS,
        row=prior.row if prior is not None else new_id(),
        urn=goal.urn,
        kind=HOST_KIND,
        id=prior.id if prior is not None else str(uuid4()),
        inputs=inputs,
        outputs={"name": goal.urn.name, **({FORMER: former} if former else {})},
        dependencies=goal.dependencies,
        references=goal.references,
        created=prior.created if prior is not None else now,
        modified=now,
    )
