"""A run that was stopped past its lease, in the middle of making a volume, and overtaken: it takes nothing away when it wakes, and what it
makes is told."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.contract.killing import FAILED, LOST, Job, report
from tests.contract.libvirt.items import DATA
from tests.contract.libvirt.subject import QemuSubject
from tests.contract.stage import Desk, Stage
from tests.forks import FORKS
from tests.libvirt_lab import LibvirtLab
from tests.waiting import until

from virtwright.engine.events import Warned
from virtwright.engine.plan import RunOptions
from virtwright.errors import RefusedError
from virtwright.providers.libvirt.volumes import filling

pytestmark = [pytest.mark.root, pytest.mark.slow]
GOAL = (DATA,)


@pytest.fixture
def stage(libvirt_lab: LibvirtLab, tmp_path: Path) -> Iterator[Stage]:
    with QemuSubject(tmp_path) as subject:
        yield Stage(subject, Desk(tmp_path / "home", subject.uri, subject.opener))


def test_a_volume_of_its_own_is_told_and_goes_when_its_data_may_be_lost(stage: Stage) -> None:
    _overtake_one_that_stops_at("begin", stage)
    stage.apply(GOAL)
    assert stage.subject.census() == {"volume": 2, "mark": 4}
    assert any("with this stack's stamp" in str(event) for event in stage.events if isinstance(event, Warned))
    stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(GOAL)))
    with pytest.raises(RefusedError, match="data"):
        stage.apply(GOAL)
    stage.apply(GOAL, allow=["data"])
    stage.assert_settled(GOAL)


def test_the_volume_of_the_one_that_overtook_it_stays(stage: Stage) -> None:
    """It has the same name, as that of the first one was taken away when only its mark was there."""
    _overtake_one_that_stops_at("_make", stage)
    assert stage.subject.read_data() == "precious"
    stage.assert_settled(GOAL)


def _overtake_one_that_stops_at(function: str, stage: Stage) -> None:
    job = Job(stage.desk, partial(_stop_at, function), GOAL, RunOptions(lease_ttl=2.0))
    late = FORKS.Process(target=job.run)
    late.start()
    assert late.pid is not None
    stopped = Path(f"/proc/{late.pid}/stat")
    until("it has stopped", lambda: stopped.read_text().rpartition(") ")[2].startswith("T"))
    stage.apply(GOAL)
    stage.subject.write_data("precious")
    os.kill(late.pid, signal.SIGCONT)
    late.join()
    assert late.exitcode in (LOST, FAILED), report(stage, late)


def _stop_at(function: str) -> None:
    """This process stops at the first call of a function of ``filling``."""
    real: Callable[..., Any] = getattr(filling, function)

    def stop(*arguments: Any, **named: Any) -> Any:
        setattr(filling, function, real)
        os.kill(os.getpid(), signal.SIGSTOP)
        return real(*arguments, **named)

    setattr(filling, function, stop)
