"""Where an object is that an earlier run was moving, and which hosts a run takes into its state."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from tests.fake_provider import FakeObject, FakeWorld
from tests.unit.engine.runs import HERE, record, run

from virtwright.engine.admission import FORMER
from virtwright.engine.hosts import Connection, Hosts
from virtwright.engine.journeys import CutOff
from virtwright.engine.moving import settled_move
from virtwright.engine.ownership import Operations, Ownership
from virtwright.engine.places import Places
from virtwright.engine.run import Run
from virtwright.engine.state.records import OperationRecord, ResourceRecord
from virtwright.engine.state.traits import Traits
from virtwright.engine.unrecorded_hosts import meet_hosts
from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.schemas.host import Host
from virtwright.schemas.urn import Urn, type_token
from virtwright.stacks.base import HOST_KIND, Goal

THERE: Final = replace(HERE, name="there")
OWN: Final = "0123456789abcdef"
DB: Final = Urn("prod", "shop", type_token("VirtualMachine"), "db")
ONE, TWO, THREE = (f"fake://{name}" for name in ("one", "two", "three"))


def intent(source: Urn | None, goal: Urn | None, **fields: Any) -> OperationRecord:
    made = OperationRecord(
        id="op", run="1", urn=DB, op="move", kind="VirtualMachine", host=goal, object_id="db1", row="row", started="",
        traits=Traits(leaves=str(source) if source is not None else None),
    )  # fmt: skip
    return replace(made, **fields)


def connection(world: FakeWorld, uri: str, *, lost: bool = False) -> Connection:
    host = Host(uri=uri)
    return Connection(uri, host, world.open(uri, host), cast(Any, None), lost)


Where = dict[Urn, list[str]]


@pytest.mark.parametrize(
    ("homes", "source", "goal", "ends"),
    [
        pytest.param({HERE: [ONE], THERE: [TWO]}, HERE, THERE, (ONE, TWO), id="from one host to another"),
        pytest.param({HERE: [ONE, THREE], THERE: [TWO]}, HERE, THERE, (ONE, TWO), id="a host that has moved before"),
        pytest.param({HERE: [ONE], THERE: [TWO, THREE]}, HERE, THERE, (ONE, TWO), id="to one that has moved before"),
        pytest.param({HERE: [TWO, ONE]}, HERE, HERE, (ONE, TWO), id="the URI changed"),
        pytest.param({HERE: [THREE, ONE, TWO]}, HERE, HERE, (TWO, THREE), id="the URI changed twice"),
        pytest.param({HERE: [TWO]}, HERE, HERE, None, id="the former place is forgotten"),
    ],
)
def test_between_which_places_a_move_was_cut_off(
    homes: Where, source: Urn, goal: Urn, ends: tuple[str, str] | None
) -> None:
    world = FakeWorld(moves=True)
    made = {urn: [connection(world, uri) for uri in uris] for urn, uris in homes.items()}
    cut = CutOff.of(cast(Places, SimpleNamespace(all=made.__getitem__)), intent(source, goal))
    assert (cut is None) is (ends is None)
    if cut is not None:
        assert (cut.home.name, cut.place.name) == ends
        assert (cut.operation, cut.object_id, cut.kind) == ("op", "db1", "VirtualMachine")
        assert cut.journey.there is cut.place.handler("VirtualMachine")
        sends: object = cut.handler
        assert sends is cut.home.handler("VirtualMachine")


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        pytest.param({}, ONE, id="the host that it leaves is lost"),
        pytest.param({}, TWO, id="the host that it goes to is lost"),
        pytest.param({"object_id": None}, None, id="nothing was there yet"),
        pytest.param({"kind": "Container"}, None, id="a kind that does not move"),
    ],
)
def test_what_ends_by_itself(fields: dict[str, Any], lost: str | None) -> None:
    world = FakeWorld(moves=True)
    made = {urn: [connection(world, uri, lost=uri == lost)] for urn, uri in ((HERE, ONE), (THERE, TWO))}
    places = cast(Places, SimpleNamespace(all=made.__getitem__))
    assert CutOff.of(places, intent(HERE, THERE, **fields)) is None


@pytest.mark.parametrize(("source", "goal"), [(None, THERE), (HERE, None), (HERE, THERE), (THERE, HERE)])
def test_a_host_that_the_state_does_not_know(source: Urn | None, goal: Urn | None) -> None:
    here = connection(FakeWorld(moves=True), ONE)
    places = cast(Places, SimpleNamespace(all=lambda urn: [here] if urn == HERE else []))
    with pytest.raises(HostError, match="does not know both of its hosts"):
        CutOff.of(places, intent(source, goal))


def host(urn: Urn, uri: str, *former: str) -> ResourceRecord:
    outputs = {FORMER: [{"uri": each} for each in former]} if former else {}
    return record(urn.name, urn=urn, kind=HOST_KIND, host=None, inputs={"uri": uri}, outputs=outputs)


@contextmanager
def at_work(world: FakeWorld, *records: ResourceRecord) -> Iterator[Run]:
    made = run(*records)
    with ThreadPoolExecutor(2) as threads:
        hosts = Hosts("shop/prod", threads, made.listen, world.open, owner=Ownership(OWN, lambda: Operations({}, ())))
        made.hosts = made.places.hosts = hosts
        yield made
        hosts.close()


def put(world: FakeWorld, uri: str, operation: str, id: str = "db1") -> None:
    world.put(uri, FakeObject(id, DB.kind, Stamp("shop/prod", str(DB), operation, "hash", OWN), {}))


@pytest.mark.parametrize(
    ("arrived", "going", "home"),
    [(True, {"here": {"db1"}}, THERE), (False, {"there": {"db1"}}, HERE)],
)
def test_what_a_plan_leaves_out_of_sight_is_on_the_host_where_it_is_not(
    arrived: bool, going: dict[str, set[str]], home: Urn
) -> None:
    world = FakeWorld(moves=True)
    put(world, ONE, "before")
    if arrived:
        put(world, TWO, "op")
    known = record("db", urn=DB, kind="VirtualMachine", id="db1", row="row", host=HERE)
    with at_work(world, host(HERE, ONE), host(THERE, TWO), known) as planned:
        settlement = asyncio.run(settled_move(planned, intent(HERE, THERE)))
        assert planned.going == going
    put_ = settlement.changes.put or (known,)
    assert [each.host for each in put_] == [home]


def lacks(world: FakeWorld) -> None:
    put(world, ONE, "f" * 32, "lost")


@pytest.mark.parametrize(
    ("records", "uri", "has", "uris"),
    [
        pytest.param([host(HERE, ONE)], ONE, lacks, [ONE], id="where the state has it"),
        pytest.param([host(HERE, TWO, ONE)], ONE, lacks, [TWO], id="where it was before"),
        pytest.param([host(HERE, TWO)], ONE, lacks, [ONE], id="elsewhere, with something of the stack"),
        pytest.param([host(HERE, TWO)], ONE, lambda world: None, [TWO], id="elsewhere, with nothing"),
        pytest.param([], ONE, lacks, [ONE], id="new, with something of the stack"),
        pytest.param([], ONE, lambda world: None, [], id="new, with nothing"),
    ],
)
def test_which_hosts_a_destroy_takes_into_the_state(
    records: list[ResourceRecord], uri: str, has: Callable[[FakeWorld], None], uris: list[str]
) -> None:
    world = FakeWorld()
    has(world)
    with at_work(world, *records) as planned:
        asyncio.run(meet_hosts(planned, [Goal(HERE, HOST_KIND, {"uri": uri})]))
        assert [each.inputs["uri"] for each in planned.snapshot.hosts()] == uris
        assert [each for each in planned.snapshot.hosts() if each not in records] == (
            planned.snapshot.hosts() if [each.inputs["uri"] for each in records] != uris else []
        )


@pytest.mark.parametrize(
    ("arrived", "here", "there"),
    [(True, ["other"], [("db2", True), ("other", True)]), (False, ["db1", "other"], [("other", True)])],
)
def test_what_the_rest_of_a_run_sees_of_a_move_that_was_cut_off(
    arrived: bool, here: list[str], there: list[tuple[str, bool]]
) -> None:
    """Only where the object is, and whole; what else there is on either host stays in sight."""
    world = FakeWorld(moves=True)
    for uri, operation, id in ((ONE, "before", "db1"), (ONE, "x", "other"), (TWO, "op", "db2"), (TWO, "x", "other")):
        put(world, uri, operation, id)
    begun = next(each for each in world.objects(TWO) if each.id == "db2")
    world.put(TWO, replace(begun, complete=False))

    async def seen(made: Run) -> tuple[list[str], list[tuple[str, bool]]]:
        cut = CutOff.of(made.places, intent(HERE, THERE))
        assert cut is not None
        assert [await cut.seen(made.hosts) is not None] == [True]
        await cut.forget(made.hosts, arrived=arrived)
        listings = [await made.hosts.listing(place, cut.kind) for place in (cut.home, cut.place)]
        return (
            sorted(each.id for each in listings[0].objects),
            sorted((each.id, each.complete) for each in listings[1].objects),
        )

    with at_work(world, host(HERE, ONE), host(THERE, TWO)) as made:
        assert asyncio.run(seen(made)) == (here, there)
