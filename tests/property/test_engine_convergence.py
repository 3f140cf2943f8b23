"""Random stacks, random faults: the state stays valid, and a second apply converges."""

import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.crashes import Place
from tests.fake_provider import FakeWorld
from tests.kills import assert_share
from tests.programs import Item, ListProgram

from virtwright.engine.api import Engine
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.store import StateStore
from virtwright.engine.step import Op
from virtwright.errors import HostError, VirtwrightError
from virtwright.stacks.keys import Keys

EXAMPLES = 60 * int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
NAMES = ("a", "b", "c", "d", "e", "f")
LOSS = RunOptions(allow_data_loss=NAMES, continue_on_error=True)


@st.composite
def stacks(draw: st.DrawFn) -> tuple[Item, ...]:
    """Up to six resources; each may use networks and volumes that come before it."""
    items: list[Item] = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        kind = draw(st.sampled_from(("Network", "Volume", "Container", "VirtualMachine")))
        networks = [each.name for each in items if each.kind == "Network"]
        used = tuple(draw(st.lists(st.sampled_from(networks), unique=True, max_size=2))) if networks else ()
        items.append(draw(_item(kind, name, used, [each.name for each in items])))
    return tuple(items)


@st.composite
def _item(draw: st.DrawFn, kind: str, name: str, used: tuple[str, ...], before: list[str]) -> Item:
    labels = draw(st.dictionaries(st.sampled_from(("x", "y")), st.sampled_from(("1", "2")), max_size=1))
    after = tuple(draw(st.lists(st.sampled_from(before), unique=True, max_size=1))) if before else ()
    attached = ["{" + each + "}" for each in used]
    if kind == "Network":
        cidr = f"10.{draw(st.integers(1, 2))}.{ord(name[0])}.0/24"  # another one for each network
        return Item(kind, name, {"cidr": cidr, "labels": labels}, after=after)
    if kind == "Volume":
        return Item(kind, name, {"size": draw(st.sampled_from((1024, 2048))), "labels": labels}, after=after)
    if kind == "Container":
        image = draw(st.sampled_from(("host", "other")))
        return Item(kind, name, {"image": image, "networks": attached, "labels": labels}, uses=used, after=after)
    return Item(kind, name, {"cpus": draw(st.integers(1, 2)), "networks": attached}, uses=used, after=after)


def _faults(seed: int) -> Callable[[str, str, str], None]:
    chance = random.Random(seed)

    def maybe_fail(method: str, kind: str, name: str) -> None:
        if method != "observe" and chance.random() < 0.25:
            raise HostError(f"the fake {method} of {name} fails")

    return maybe_fail


@pytest.mark.slow
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(journey=st.lists(stacks(), min_size=1, max_size=3), seed=st.integers(0, 2**32))
def test_after_any_faults_a_quiet_apply_converges(journey: list[tuple[Item, ...]], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VIRTWRIGHT_HOME"] = folder
        world = FakeWorld()
        with StateStore.open(None, Keys()) as store:
            engine = Engine(store, opener=world.open)
            for number, items in enumerate(journey):
                world.before = world.half_way = _faults(seed + number)
                try:
                    engine.apply(ListProgram(*items), LOSS)
                except VirtwrightError as error:
                    raise AssertionError(f"an apply may fail in its steps, not as a whole: {error}") from error
                store.stack(ListProgram().name).resources()  # the state is readable, and so valid
            world.before = world.half_way = None
            goal = ListProgram(*journey[-1])
            result = engine.apply(goal, LOSS)
            assert result.succeeded
            assert [step for step in engine.plan(goal, LOSS).steps if step.op is not Op.SAME] == []
            state = store.stack(goal.name)
            assert state.open_operations() == []
            ids = sorted(each.id or "" for each in state.resources() if each.kind != "Host")
            assert ids == sorted(item.id for item in world.objects())
        assert world.names() == sorted(item.name for item in goal.items)


def test_killed_at_random_moments_the_next_apply_converges(tmp_path: Path) -> None:
    chance = random.Random(7)
    kills = 0
    for round in range(8 * int(os.environ.get("VIRTWRIGHT_SOAK", "1"))):
        place = Place(tmp_path / str(round))
        goal = ListProgram(*_random_stack(chance))
        for _ in range(3):
            kills += place.apply_dying(goal, LOSS, f"{chance.choice(_POINTS)}:{chance.randint(1, 12)}=kill")
            goal = ListProgram(*_random_stack(chance))
        place.apply(goal, LOSS)
        place.assert_settled(goal)
    assert_share("random stacks", kills)


_POINTS = ("state.commit", "state.before-commit", "fake.create.half", "fake.update.half", "fake.delete.half")


def _random_stack(chance: random.Random) -> list[Item]:
    networks = [Item("Network", name, {"cidr": f"10.{chance.randint(1, 3)}.{ord(name)}.0/24"}) for name in ("a", "b")]
    chosen = networks[: chance.randint(1, 2)]
    rest = [
        Item(
            chance.choice(("Container", "VirtualMachine")),
            name,
            {"image": chance.choice(("host", "other")), "networks": ["{a}"]},
            uses=("a",),
        )
        for name in NAMES[2 : chance.randint(3, 6)]
    ]
    return [*chosen, *rest]
