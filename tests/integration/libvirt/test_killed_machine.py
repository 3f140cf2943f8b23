"""kill -9 of an apply at every committed row and every step of a machine with disks, a seed and an address on QEMU; kill -9 of libvirtd
at the same steps. The next apply converges, nothing is orphaned (machines, volumes, networks, processes) and nothing is made twice."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from tests.contract.killing import dies
from tests.contract.libvirt.items import BACK, DATA
from tests.contract.libvirt.machines import EMULATED
from tests.contract.libvirt.subject import QemuSubject
from tests.contract.namespace.items import altered
from tests.contract.stage import Desk, Stage
from tests.kills import assert_share
from tests.libvirt_lab import LibvirtLab
from tests.programs import Item

from virtwright.engine.plan import RunOptions

SOAK: Final = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
pytestmark = [pytest.mark.root, pytest.mark.soak, pytest.mark.slow, pytest.mark.timeout(900 if SOAK == 1 else 0)]
MORE: Final = Item("Volume", "more", {"size": "1MiB", "format": "raw"})
VOLUMES: Final = ("data", "more")
ALLOWED: Final = RunOptions(allow_data_loss=VOLUMES)
NEEDS: Final = (BACK, DATA, MORE)
MADE: Final = altered(EMULATED, cloud_init={"runcmd": ["true"]})
CHANGED: Final = replace(
    altered(
        EMULATED,
        cloud_init={"runcmd": ["false"]},
        networks=[{"network": "{back}", "address": "10.40.0.11"}],
        disks=[{"volume": "{data}"}, {"size": "1MiB"}, {"volume": "{more}"}],
    ),
    uses=("back", "data", "more"),
)
ROUND: Final = {"create": (*NEEDS, MADE), "update": (*NEEDS, CHANGED), "delete": NEEDS}
"""One after the other: the machine is made, changed by a restart and with a device more, and removed."""
FIRST: Final = {"state.commit": (1, 3), "libvirt.machine": (2, 5)}
"""The positions that are tried without a soak."""
DAEMON: Final = (3,)
_PLACES: Final = ("lifecycle", "changing")


@pytest.fixture
def stage(libvirt_lab: LibvirtLab, tmp_path: Path) -> Iterator[Stage]:
    with QemuSubject(tmp_path) as subject:
        yield Stage(subject, Desk(tmp_path / "home", subject.uri, subject.opener))


@pytest.mark.parametrize("point", FIRST)
def test_virtwright_is_killed(point: str, stage: Stage) -> None:
    """At each position of the point, on each of the three ways."""
    stage.desk.apply(NEEDS, ALLOWED)
    kills = 0
    for position in count(1) if SOAK > 1 else FIRST[point]:
        died = 0
        for target in ROUND.values():
            died += dies(stage, target, ALLOWED, f"{point}:{position}=kill")
            stage.apply(target, allow=VOLUMES)
            stage.assert_settled(target)
        kills += died
        if not died:
            break
    assert_share(f"machine {point}", kills)


@pytest.mark.parametrize("way", ROUND)
def test_libvirtd_is_killed(way: str, stage: Stage, libvirt_lab: LibvirtLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each step of a machine."""
    names = list(ROUND)
    before = [NEEDS, *ROUND.values()][names.index(way)]
    for position in count(1) if SOAK > 1 else DAEMON:
        stage.apply(before, allow=VOLUMES)
        left = [position]

        def reach(_: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                libvirt_lab.restart()

        with monkeypatch.context() as patched:
            for place in _PLACES:
                patched.setattr(f"virtwright.providers.libvirt.machines.{place}.reach", reach)
            stage.desk.apply(ROUND[way], ALLOWED)
        stage.apply(ROUND[way], allow=VOLUMES)
        stage.assert_settled(ROUND[way])
        if left[0] > 0:
            break
