"""The handler of the kind Service on plain Docker hosts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from virtwright.errors import HostError, UnsupportedError, Where
from virtwright.providers.base import Observed, Part, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff, Impact
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.check import engine_refusals
from virtwright.providers.docker.containers.lifecycle import Lifecycle
from virtwright.providers.docker.containers.listing import forget_containers
from virtwright.providers.docker.names import object_name
from virtwright.providers.docker.refusal import listed, refuse
from virtwright.providers.docker.services.check import (
    OWN,
    check_service,
    copy_inputs,
    service_diff,
    service_lasting,
)
from virtwright.providers.docker.services.copies import (
    Copy,
    Peers,
    copies_here,
    copies_of_stack,
    wanted_everywhere,
)
from virtwright.providers.docker.services.crew import Crew, split
from virtwright.providers.docker.services.placing import place, place_everywhere
from virtwright.providers.docker.services.rollout import Rollout
from virtwright.schemas.container import Container
from virtwright.schemas.service import Placement, Service, ServiceOutputs


class ServiceHandler:
    """Services whose home is one engine; their copies may run on its peers."""

    def __init__(self, connection: DockerConnection, peers: Peers) -> None:
        self._home = connection
        self._peers = peers

    def check(self, inputs: Service) -> Service:
        return check_service(inputs)

    def check_host(self, inputs: Service) -> None:
        peers = self._reachable()
        named = _named_hosts(inputs)
        for index, name in named:
            if name not in peers:
                raise UnsupportedError(
                    f"a copy is to run on {name}, which is no Docker host of the stack",
                    where=Where(path=f"placement.hosts[{index}]"),
                    hint=f"it has: {', '.join(sorted(peers))}",
                )
        for name in [name for _, name in named] or [self._home.name]:
            refuse(engine_refusals(copy_inputs(inputs), peers[name]), f"the engine of {name}")

    def diff(self, prior: Service, goal: Service) -> Diff:
        return service_diff(prior, goal)

    def lasting(self, inputs: Service) -> Mapping[str, Any]:
        return service_lasting(inputs)

    def prepare(self, inputs: Service, context: Context) -> None:
        """On each host that copies may be placed on."""
        known, crew = context.known, self._crew("", context)
        assert known is not None, "there is something that is to be replaced"
        hosts = [name for _, name in _named_hosts(inputs)] or [self._home.name]
        crew.at_once(hosts, lambda host: crew.prepare(host, known.urn, inputs))

    def create(self, stamp: Stamp, inputs: Service, context: Context) -> ServiceOutputs:
        service = object_name(stamp)
        try:
            self._reconcile(service, stamp, inputs, inputs, context)
        except HostError:
            crew = self._crew(service, Context(identity=context.identity))
            crew.remove_all(crew.copies())
            raise
        for docker in self._reachable().values():
            forget_containers(docker, stamp.stack)
        return self._outputs(service, context)

    def update(self, id: str, stamp: Stamp, prior: Service, goal: Service, context: Context) -> ServiceOutputs:
        self._reconcile(id, stamp, prior, goal, context)
        return self._outputs(id, context)

    def delete(self, id: str, context: Context) -> None:
        crew = self._crew(id, context)
        crew.remove_all(crew.copies())

    def observe(self, stack: str) -> Iterator[Observed[Service, ServiceOutputs]]:
        services, strangers = copies_of_stack(self._reachable(), stack, self._home.name)
        yield from (_observed(copies[0].service, copies) for copies in services)
        yield from map(_stranger, strangers)

    def parts(self, stack: str) -> Iterator[Part]:
        own, strangers = copies_here(self._home, stack)
        for each in (*own, *strangers):
            yield Part(each.id, each.name, each.stamp, displaced=each in strangers)

    def remove_part(self, id: str, context: Context) -> None:
        Lifecycle(self._home).delete(id, context)

    def stop(self, id: str, context: Context) -> None:
        Lifecycle(self._home).stop(id, context)

    def _reachable(self) -> dict[str, DockerConnection]:
        return {self._home.name: self._home, **self._peers()}

    def _crew(self, service: str, context: Context) -> Crew:
        return Crew(service, self._home.name, self._reachable(), context)

    def _outputs(self, service: str, context: Context) -> ServiceOutputs:
        return _outputs(service, self._crew(service, context).copies())

    def _reconcile(self, service: str, stamp: Stamp, prior: Service, goal: Service, context: Context) -> None:
        """From whatever copies there are to those that are wanted."""
        crew = self._crew(service, context)
        found = crew.copies()
        wanted = self._placed(goal, found, crew)
        keep, surplus = _matched(found, wanted, stamp.inputs_hash)
        crew.remove_all(each for each in found if not each.runs and each.number > 0)
        current, old = split(keep, stamp.inputs_hash)
        missing = sorted(wanted.items() - {(each.number, each.host) for each in keep})
        self._add(crew, stamp, goal, missing)
        if not wanted and not any(each.number == 0 and each.version == stamp.inputs_hash for each in found):
            crew.stand_in(stamp, goal)
        crew.at_once(current, lambda each: crew.watch(crew.heal(each, goal), _unwatched(goal)))
        crew.remove_all(surplus)
        if wanted:
            crew.remove_all(each for each in found if each.number == 0)
        Rollout(crew, stamp, prior, goal).carry_out(old, len(wanted))

    def _placed(self, goal: Service, found: Sequence[Copy], crew: Crew) -> dict[int, str]:
        hosts = crew.one_name_each(goal.placement.hosts) if goal.placement.hosts else [self._home.name]
        there = {each.number: each.host for each in found if each.runs}
        if goal.mode == "global":
            return place_everywhere(there, hosts)
        return place(range(1, goal.replicas + 1), there, hosts, goal.placement.max_per_host)

    def _add(self, crew: Crew, stamp: Stamp, goal: Service, missing: Sequence[tuple[int, str]]) -> None:
        def add(each: tuple[int, str]) -> None:
            crew.context.progress(f"starting copy {each[0]} on {each[1]}")
            crew.watch(crew.make(stamp, goal, *each), _unwatched(goal))

        crew.at_once(missing, add)


def _named_hosts(inputs: Service) -> list[tuple[int, str]]:
    """Those of its placement with their places in it, as far as they are known."""
    return [*listed(inputs.placement.hosts)] if isinstance(inputs.placement, Placement) else []


def _unwatched(goal: Service) -> Service:
    """A first copy has nothing to fall back to: it is waited for, and not watched beyond that."""
    return goal.model_copy(update={"update": goal.update.model_copy(update={"monitor": 0.0})})


def _matched(found: Sequence[Copy], wanted: Mapping[int, str], version: str) -> tuple[list[Copy], list[Copy]]:
    """One copy for each number on its host, the newest version first; and the rest of those that run."""
    keep: dict[int, Copy] = {}
    running = [each for each in found if each.runs]
    for each in sorted(running, key=lambda copy: copy.version != version):
        if wanted.get(each.number) == each.host:
            keep.setdefault(each.number, each)
    kept = {each.id for each in keep.values()}
    return list(keep.values()), [each for each in running if each.id not in kept]


def _observed(service: str, copies: Sequence[Copy]) -> Observed[Service, ServiceOutputs]:
    """What the oldest copy was made from holds for the service: while some copies are old, its update is not done."""
    running = [each for each in copies if each.runs]
    first, newest = (running or copies)[0], copies[-1]
    container = reading.read_inputs(first.found, first.stamp.urn)
    told = {*container.model_fields_set} if running else set()
    values = {name: getattr(container, name) for name in Container.model_fields}
    everywhere = wanted_everywhere(newest)
    numbers = {each.number for each in running}
    drift = [change for each in running for change in _drift(each)]
    if everywhere is None:
        told |= {"replicas"}
    elif len(numbers) != everywhere:
        drift.append(Change(("replicas",), len(numbers), everywhere, Impact.LIVE))
    base = Service.model_construct(image=first.found["Config"]["Image"])
    own = {name: getattr(base, name) for name in OWN} | {"replicas": len(numbers)}
    inputs = Service.model_construct(told, **{**values, **own})
    return Observed(
        newest.stamp, service, inputs, _outputs(service, copies), tuple(drift), bool(running) or first.number == 0
    )


def _stranger(copy: Copy) -> Observed[Service, ServiceOutputs]:
    """As what bears the stamp of a service and is none, known by its own id."""
    name = Change(("name",), copy.name, copy.given_names[0], Impact.LIVE)
    outputs = ServiceOutputs(id=copy.id, name=copy.name, replicas=0, addresses=[])
    inputs = Service.model_construct(set(), image=str(copy.found["Config"].get("Image") or ""))
    return Observed(copy.stamp, copy.id, inputs, outputs, (name,), displaced=True)


def _drift(copy: Copy) -> Iterator[Change]:
    for change in (*reading.displacement(copy.found), *reading.drift(copy.found)):
        yield Change(("copies", str(copy.number), *change.path), change.prior, change.goal, Impact.LIVE)


def _outputs(service: str, copies: Sequence[Copy]) -> ServiceOutputs:
    running = [each for each in copies if each.runs and each.found["State"].get("Running")]
    addresses = [reading.read_outputs(each.found).address for each in running]
    return ServiceOutputs(
        id=service, name=service, replicas=len(running), addresses=sorted(each for each in addresses if each)
    )
