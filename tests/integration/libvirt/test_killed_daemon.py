"""kill -9 of libvirtd after each step of an apply: the next apply converges, nothing is orphaned and nothing made twice."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.contract.libvirt.subject import QemuSubject
from tests.contract.stage import Desk, Stage, volumes
from tests.libvirt_lab import LibvirtLab

from virtwright.engine.plan import RunOptions

pytestmark = [pytest.mark.root, pytest.mark.soak, pytest.mark.slow]
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
POSITIONS = range(1, 25) if SOAK > 1 else (1, 4, 9)
_PLACES = ("networks.making", "networks.changing", "networks.starting", "storage.making")


@pytest.fixture
def stage(libvirt_lab: LibvirtLab, tmp_path: Path) -> Iterator[Stage]:
    with QemuSubject(tmp_path) as subject:
        yield Stage(subject, Desk(tmp_path / "home", subject.uri, subject.opener))


@pytest.fixture
def after_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], None]], None]:
    """Do something, once, when the provider has made its n-th change."""

    def arrange(number: int, work: Callable[[], None]) -> None:
        left = [number]

        def reach(_: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                work()

        for place in _PLACES:
            monkeypatch.setattr(f"virtwright.providers.libvirt.{place}.reach", reach)

    return arrange


@pytest.mark.parametrize("position", POSITIONS)
def test_an_apply_converges(
    position: int, stage: Stage, libvirt_lab: LibvirtLab, after_step: Callable[[int, Callable[[], None]], None]
) -> None:
    start, goal = stage.subject.journey
    allowed = RunOptions(allow_data_loss=volumes(goal))
    after_step(position, libvirt_lab.restart)
    for target in (start, goal):
        stage.desk.apply(target, allowed)
    stage.apply(goal, allow=volumes(goal))
    stage.assert_settled(goal)
    assert stage.destroy(allow=volumes(goal)).succeeded
    libvirt_lab.end_forgotten_servers()
    stage.assert_there(())
