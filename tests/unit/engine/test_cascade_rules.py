"""What goes before something that it uses: who, in which order, and what keeps it from going."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from tests.states import urn
from tests.unit.engine.runs import HERE, record, run

from virtwright.engine import cascade
from virtwright.engine.cascade import clear_the_way
from virtwright.engine.permits import Agreement
from virtwright.engine.plan import Plan
from virtwright.engine.run import Run
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import HostError, Problem, RefusedError, Where
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import Goal

BACK, DB, WEB, JOB = (urn(name) for name in ("back", "db", "web", "job"))
WHY: Final = "it uses containers.back, which is replaced"
NET: Final = record("back")


def user(name: str, *uses: str, **fields: Any) -> ResourceRecord:
    used = frozenset(map(urn, uses))
    return replace(record(name, *uses), **{"references": used, **fields})


OF_NET: Final = user("db", "back")
OF_DB: Final = user("web", "db")


def step(name: str, op: Op = Op.DELETE) -> Step:
    return Step(op, urn(name), "Container", "here", reason=WHY, cascade=True)


class Bench:
    """A run on two places of one host, that notes what it is told to do."""

    def __init__(self, *records: ResourceRecord, there: str = "second", **fields: Any) -> None:
        self.run: Run = run(*records, **fields)
        self.done: list[tuple[Any, ...]] = []
        self.fails: HostError | None = None
        ids = {each.id for each in records}
        self.first, self.second = SimpleNamespace(ids=set[str]()), SimpleNamespace(ids=set[str]())
        getattr(self, there).ids |= ids
        places = SimpleNamespace(
            check=lambda each: self.done.append(("check", each.row)),
            of=lambda each: [self.first, self.second],
            connection=lambda host: (host, self.second),
        )
        self.run.places = cast(Any, places)
        self.run.hosts = cast(Any, SimpleNamespace(listing=self.listing))
        self.run.actor = cast(Any, self)

    async def listing(self, place: Any, kind: str) -> Any:
        assert kind == "Container"
        return SimpleNamespace(by_id=dict.fromkeys(place.ids))

    async def delete(self, step: Step, record: ResourceRecord, place: Any, *, keep: bool = False) -> None:
        await asyncio.sleep(0)
        assert place is self.second and keep
        self.done.append(("delete", step, record))

    async def prepare(self, task: Any) -> None:
        self.done.append(("prepare", task))
        if self.fails is not None:
            raise self.fails

    def carry_out(self, urn: Urn = BACK) -> None:
        asyncio.run(self.bounded(clear_the_way(self.run, urn)))

    @staticmethod
    async def bounded(work: Awaitable[None]) -> None:
        await asyncio.wait_for(work, 120)

    @property
    def deleted(self) -> list[str]:
        return [each[2].row for each in self.done if each[0] == "delete"]


def test_what_nobody_uses_goes_first_and_its_record_stays() -> None:
    bench = Bench(NET, OF_NET, OF_DB)
    bench.carry_out()
    assert bench.done == [
        ("check", "web"),
        ("delete", step("web"), OF_DB),
        ("check", "db"),
        ("delete", step("db"), OF_NET),
    ]
    assert bench.run.causes == {WEB: WHY, DB: WHY}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (user("web", "back", id=None), "it has no object"),
        (record("web", "back"), "it only comes after it"),
        (user("web", "job"), "it uses something else"),
        (user("web", "back", kind="Volume"), "it holds data"),
        (user("web", "back", doomed=True, references=frozenset({JOB})), "it is an old one that uses something else"),
    ],
)
def test_nothing_else_goes(other: ResourceRecord, why: str) -> None:
    bench = Bench(NET, other)
    bench.carry_out()
    assert (bench.done, bench.run.causes) == ([], {}), why


def test_what_is_nowhere_any_more_is_made_anew_all_the_same() -> None:
    bench = Bench(NET, OF_NET)
    bench.second.ids.clear()
    bench.carry_out()
    assert (bench.deleted, bench.run.causes) == ([], {DB: WHY})


def test_two_cascades_share_one_deletion() -> None:
    both = user("db", "back", "job")
    bench = Bench(NET, record("job"), both)

    async def clear() -> None:
        await asyncio.gather(clear_the_way(bench.run, BACK), clear_the_way(bench.run, JOB))

    asyncio.run(clear())
    assert bench.deleted == ["db"]


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        (
            {},
            f"containers.web is protected and would be replaced ({WHY})",
            "to allow it, set `protect: false` on containers.web and apply that first",
        ),
        (
            {"options": {"exclude": ("web",)}},
            "containers.web uses containers.back, which would be replaced, but this run leaves containers.web alone",
            (
                "let both be replaced in one run: name containers.web with --target as well, or do not exclude it"
            ),
        ),
    ],
)  # fmt: skip
def test_one_that_must_stay_keeps_all(fields: dict[str, Any], message: str, hint: str) -> None:
    last = user("web", "back", protect=not fields)
    bench = Bench(NET, OF_NET, last, **fields)
    if fields:
        bench.run.selection = replace(bench.run.selection, excluded=frozenset({WEB}))
    with pytest.raises(RefusedError) as caught:
        bench.carry_out()
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert caught.value.where == Where(urn=str(WEB))
    assert bench.done == []


def registered(bench: Bench, *names: Urn) -> None:
    for name in names:
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(cast(Any, None))
        bench.run.registered[name] = answer


@pytest.mark.parametrize("name", [WEB, JOB])
def test_what_is_registered_already_has_its_own_step_see_to_it(name: Urn) -> None:
    """Also under another name, and where it is protected: its own step asks for that."""
    bench = Bench(NET, user("web", "back", protect=True), renamed={} if name == WEB else {WEB: JOB})
    bench.run.agreement = agreement(Step(Op.REPLACE, WEB, "Container", "here"))

    async def clear() -> None:
        registered(bench, name)
        await bench.bounded(clear_the_way(bench.run, BACK))

    asyncio.run(clear())
    assert (bench.done, bench.run.causes) == ([], {})


def agreement(*steps: Step, foreseen: Any = None) -> Agreement:
    return Agreement(Plan("shop/prod", "apply", steps, 1, foreseen=foreseen or {}))


def test_what_the_plan_keeps_is_waited_for_and_what_it_replaces_goes() -> None:
    bench = Bench(NET, OF_NET, OF_DB, agreement=agreement(step("web", Op.REPLACE)))

    async def clear() -> None:
        clearing = asyncio.ensure_future(bench.bounded(clear_the_way(bench.run, BACK)))
        while not bench.deleted:
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not clearing.done(), "it waits for the other one"
        bench.run.registered[DB] = answer = asyncio.get_running_loop().create_future()
        bench.run.arrive(DB, DB)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not clearing.done(), "until that is done"
        answer.set_result(cast(Any, None))
        await clearing

    asyncio.run(clear())
    assert bench.deleted == ["web"]
    assert bench.run.causes == {WEB: WHY}


def desired(locate: Any = lambda path: Where(path="/".join(map(str, path)))) -> Any:
    return SimpleNamespace(goal=Goal(WEB, "Container", {}, host=HERE, locate=locate))


def test_what_takes_its_place_is_prepared_before_anything_goes() -> None:
    wanted = desired()
    plan = agreement(step("web", Op.REPLACE), step("db", Op.REPLACE), foreseen={WEB: wanted})
    bench = Bench(NET, OF_NET, OF_DB, agreement=plan)
    bench.carry_out()
    [(what, task), *others] = bench.done
    assert what == "prepare" and bench.deleted == ["web", "db"] and "prepare" not in {each[0] for each in others}
    assert (task.step, task.desired, task.prior) == (step("web", Op.REPLACE), wanted, OF_DB)
    assert task.connection == (HERE, bench.second)
    assert (task.prior_inputs, bool(task.diff), task.passage) == ({}, False, None)


def test_what_is_registered_or_going_already_is_not_prepared() -> None:
    plan = agreement(step("web", Op.REPLACE), step("db", Op.REPLACE), foreseen={WEB: desired(), DB: desired()})
    bench = Bench(NET, OF_NET, OF_DB, agreement=plan)

    async def clear() -> None:
        registered(bench, DB)
        going = asyncio.get_running_loop().create_future()
        going.set_result(None)
        bench.run.clearing["web"] = cast(Any, going)
        await bench.bounded(clear_the_way(bench.run, BACK))

    asyncio.run(clear())
    assert bench.done == []


def test_what_can_not_be_prepared_keeps_all_and_tells_for_whose_sake() -> None:
    bench = Bench(NET, OF_NET, agreement=agreement(step("db", Op.REPLACE), foreseen={DB: desired()}))
    bench.fails = HostError("there is no such image", where=Where(path="image"), hint="pull it")
    with pytest.raises(HostError) as caught:
        bench.carry_out()
    message = "containers.db can't be made anew with containers.back, which it uses: there is no such image"
    assert caught.value.problem == Problem(message, Where(path="image", urn=str(WEB)), "pull it")
    assert [each[0] for each in bench.done] == ["prepare"]


def test_old_objects_that_still_use_it_go_last_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    old = user("web", "back", row="old", doomed=True)
    bench = Bench(NET, OF_NET, old)

    async def delete_old(run: Run, record: ResourceRecord) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        assert run is bench.run
        bench.done.append(("delete", "old", record))

    monkeypatch.setattr(cascade, "delete_old", delete_old)

    async def clear() -> None:
        await asyncio.gather(*(clear_the_way(bench.run, BACK) for _ in range(2)))
        assert bench.deleted == ["db", "old"]

    asyncio.run(clear())
