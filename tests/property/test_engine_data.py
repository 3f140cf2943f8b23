"""Random changes of random stacks on two hosts: renames, moves, protection, targets, faults. A volume's data survives all
but a loss that was allowed for that very volume; what is protected or excluded stays; and a quiet apply converges."""

import os
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fake_provider import FakeObject, FakeWorld
from tests.programs import Item, ListProgram

from virtwright.engine.api import Engine
from virtwright.engine.events import StepFailed
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.engine.step import Op
from virtwright.errors import HostError, RefusedError, VirtwrightError
from virtwright.stacks.keys import Keys

EXAMPLES = 24 * int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
URIS = ("fake://one", "fake://two", "fake://three")
KIND_OF = {
    "n": "Network", "m": "Network", "v": "Volume", "w": "Volume", "c": "Container", "d": "Container", "e": "Container",
}  # fmt: skip
"""Kinds by the first letter of a name; the digit after it counts renames."""
NARROW: tuple[dict[str, tuple[str, ...]], ...] = (
    {}, {"targets": ("*0",)}, {"exclude": ("containers.*",)}, {"replace": ("n?",)}, {"replace": ("v?", "c?")},
)  # fmt: skip


@st.composite
def programs(draw: st.DrawFn) -> ListProgram:
    generation = {letter: draw(st.integers(0, 1)) for letter in KIND_OF}
    present = [letter for letter in KIND_OF if draw(st.integers(0, 4)) > 0]
    items = [_item(draw, letter, generation, present) for letter in present]
    hosts = {"one": draw(st.sampled_from(URIS[:2])), "two": URIS[2]}
    return ListProgram(*items, hosts=hosts)


def _item(draw: st.DrawFn, letter: str, generation: dict[str, int], present: list[str]) -> Item:
    def name(other: str) -> str:
        return f"{other}{generation[other]}"

    kind, uses = KIND_OF[letter], []
    inputs: dict[str, object] = {}
    if kind == "Network":
        inputs["cidr"] = f"10.{draw(st.integers(1, 2))}.{ord(letter)}.0/24"
    elif kind == "Volume":
        inputs["size"] = draw(st.sampled_from((1024, 2048)))
    else:
        nets = [other for other in ("n", "m") if other in present and draw(st.booleans())]
        disks = [other for other in ("v", "w") if other in present and draw(st.booleans())]
        uses = [name(other) for other in (*nets, *disks)]
        inputs["image"] = draw(st.sampled_from(("host", "other")))
        inputs["networks"] = ["{" + name(other) + "}" for other in nets]
        inputs["volumes"] = [{"volume": "{" + name(other) + "}", "mount": f"/{other}"} for other in disks]
    inputs["labels"] = draw(st.dictionaries(st.just("x"), st.sampled_from(("1", "2")), max_size=1))
    host = "two" if kind == "Container" and draw(st.integers(0, 9)) == 0 else "one"
    return Item(
        kind,
        name(letter),
        inputs,
        uses=tuple(uses),
        host=host,
        was=(f"{letter}{1 - generation[letter]}",),
        options={"protect": draw(st.integers(0, 9)) == 0},
    )


def _faults(seed: int) -> Callable[[str, str, str], None]:
    chance = random.Random(seed)

    def maybe_fail(method: str, kind: str, name: str) -> None:
        if method != "observe" and chance.random() < 0.15:
            raise HostError(f"the fake {method} of {name} fails")

    return maybe_fail


@dataclass(frozen=True)
class Before:
    """What hosts and state held before a run."""

    objects: Mapping[str, FakeObject]
    records: Mapping[str, ResourceRecord]

    @classmethod
    def of(cls, world: FakeWorld, store: StateStore, program: ListProgram) -> "Before":
        """Also lets somebody write into every volume that is new."""
        objects = _objects(world)
        for item in objects.values():
            if item.kind == "Volume" and not item.data:
                item.data = f"precious {item.id}"
        records = store.stack(program.name).resources() if program.name in store.stacks() else []
        return cls({id: replace(item) for id, item in objects.items()}, {each.id: each for each in records if each.id})

    def check(self, world: FakeWorld, program: ListProgram, options: RunOptions) -> None:
        """Nothing went that had to stay."""
        after = _objects(world)
        declared = {item.name[0]: item for item in program.items}
        for id, item in self.objects.items():
            record = self.records[id]
            goal = None if record.doomed else declared.get(record.urn.name[0])
            name = goal.name if goal is not None else record.urn.name
            gone = id not in after
            if item.data and (gone or after[id].data != item.data):
                assert name in options.allow_data_loss, f"the data of {name} was lost"
            if gone and not record.doomed:
                protected = goal.options["protect"] if goal is not None else record.protect
                assert not protected, f"{name} was protected"
            if item.kind == "Container" and options.exclude:
                assert not gone, f"{name} was excluded"
                assert after[id].inputs == item.inputs, f"{name} was excluded"


def _objects(world: FakeWorld) -> dict[str, FakeObject]:
    return {item.id: item for uri in URIS for item in world.objects(uri)}


@pytest.mark.slow
@settings(max_examples=EXAMPLES, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(
    journey=st.lists(programs(), min_size=2, max_size=4),
    allowed=st.sets(st.sampled_from(("v0", "v1", "w0", "w1"))),
    narrow=st.sampled_from(NARROW),
    seed=st.integers(0, 2**32),
)
def test_data_survives_all_but_an_allowed_loss(
    journey: list[ListProgram], allowed: set[str], narrow: dict[str, tuple[str, ...]], seed: int
) -> None:
    options = RunOptions(allow_data_loss=tuple(sorted(allowed)), continue_on_error=bool(seed % 2))
    narrowed = replace(options, continue_on_error=True, **narrow)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VIRTWRIGHT_HOME"] = folder
        world = FakeWorld()
        with StateStore.open(None, Keys()) as store:
            failures: list[object] = []
            engine = Engine(store, [lambda event: _note(failures, event)], opener=world.open)
            for number, program in enumerate(journey):
                world.before = world.half_way = _faults(seed + number)
                for each in (narrowed, options):
                    before = Before.of(world, store, program)
                    _try(engine, program, each)
                    before.check(world, program, each)
                world.before = world.half_way = None
                failures.clear()
                before = Before.of(world, store, program)
                _check_convergence(engine, program, options, failures)
                before.check(world, program, options)


def _note(failures: list[object], event: object) -> None:
    if isinstance(event, StepFailed):
        failures.append(event.problem)


def _try(engine: Engine, program: ListProgram, options: RunOptions) -> None:
    """Faults and refusals may come; nothing else."""
    try:
        engine.apply(program, options)
    except VirtwrightError as error:
        expected = ("protected", "would be lost", "no resource is named", "leaves", "needs", "fails", "in use")
        for problem in error.problems:
            assert any(word in problem.message for word in expected), problem


def _check_convergence(engine: Engine, program: ListProgram, options: RunOptions, failures: list[object]) -> None:
    try:
        result = engine.apply(program, options)
    except RefusedError as error:
        assert all("protected" in each.message or "would be lost" in each.message for each in error.problems), (
            error.problems
        )
        return
    assert result.succeeded, failures
    assert [step for step in engine.plan(program, options).steps if step.op is not Op.SAME] == []
