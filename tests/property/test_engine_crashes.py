"""kill -9 at every committed row and in the middle of every call to a host: the next apply converges."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from tests.crashes import Place
from tests.kills import assert_share
from tests.programs import Item, ListProgram

from virtwright.engine.plan import RunOptions

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "1GiB"})
DB = Item("VirtualMachine", "db", {"networks": ["{back}"], "disks": [{"volume": "{data}"}]}, uses=("back", "data"))
WEB = Item("Container", "web", {"image": "host", "networks": ["{back}"]}, uses=("back",), after=("db",))
PLAIN = RunOptions()
LOSS = RunOptions(allow_data_loss=("data",))


@dataclass(frozen=True)
class Journey:
    """From one program to another."""

    name: str
    start: tuple[Item, ...]
    goal: tuple[Item, ...]
    options: RunOptions = PLAIN


JOURNEYS = (
    Journey("create", (), (NET, DATA, DB, WEB)),
    Journey(
        "update",
        (NET, DATA, DB, WEB),
        (Item("Network", "back", {"cidr": "10.40.0.0/24", "labels": {"a": "b"}}), Item("Volume", "data", {"size": "2GiB"}), DB, WEB),
    ),
    Journey("replace-a-network", (NET, DATA, DB, WEB), (Item("Network", "back", {"cidr": "10.41.0.0/24"}), DATA, DB, WEB)),
    Journey(
        "replace-a-container",
        (NET, DATA, DB, WEB),
        (NET, DATA, DB, Item("Container", "web", {"image": "other", "networks": ["{back}"]}, uses=("back",))),
    ),
    Journey("rename", (NET, Item("Container", "web", {"image": "host"})), (NET, Item("Container", "front", {"image": "host"}, was=("web",)))),
    Journey("delete", (NET, DATA, DB, WEB), (NET,), LOSS),
)  # fmt: skip
POINTS = (
    "state.before-commit", "state.commit", "fake.create.before", "fake.create.half", "fake.update.before",
    "fake.update.half", "fake.delete.before", "fake.delete.half",
)  # fmt: skip


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_killed_anywhere_the_next_apply_converges(journey: Journey, tmp_path: Path) -> None:
    start = Place(tmp_path / "start")
    start.apply(ListProgram(*journey.start))
    goal = ListProgram(*journey.goal)
    kills = 0
    for point in POINTS:
        for place in _places(start, tmp_path / point, goal, journey.options, point):
            kills += 1
            place.apply(goal, journey.options)
            place.assert_settled(goal)
    assert_share(f"journey {journey.name}", kills)


def test_killed_again_and_again_it_still_converges(tmp_path: Path) -> None:
    """Each apply dies a little later than the one before it."""
    place, goal = Place(tmp_path), ListProgram(NET, DATA, DB, WEB)
    deaths = 0
    while place.apply_dying(goal, RunOptions(), f"state.commit:{3 + deaths % 3}=kill"):
        deaths += 1
        assert deaths < 60, "no progress"
    assert_share("journey again", deaths)
    place.assert_settled(goal)


def _places(start: Place, folder: Path, goal: ListProgram, options: RunOptions, point: str) -> Iterator[Place]:
    """For each time the point is reached: a copy of ``start`` in which an apply was killed just there."""
    for position in count(1):
        place = Place(folder / str(position))
        shutil.copytree(start.folder, place.folder)
        if not place.apply_dying(goal, options, f"{point}:{position}=kill"):
            return
        yield place
        shutil.rmtree(place.folder)
