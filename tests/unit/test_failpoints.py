import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from virtwright import failpoints
from virtwright.failpoints import FailpointError, configure, reach


@pytest.fixture(autouse=True)
def _clear() -> Iterator[None]:
    yield
    configure("")


def test_a_point_acts_at_its_count_only() -> None:
    configure("here:3=raise")
    for _ in range(2):
        reach("here")
    reach("there")
    with pytest.raises(FailpointError):
        reach("here")
    reach("here")


def test_sleep() -> None:
    configure("a:1=sleep:0.2,b:1=raise")
    started = time.monotonic()
    reach("a")
    assert time.monotonic() - started >= 0.2
    with pytest.raises(FailpointError):
        reach("b")


def test_kill_ends_the_process_at_once() -> None:
    code = "from virtwright.failpoints import reach; reach('x'); print('once', flush=True); reach('x'); print('no')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={failpoints.VARIABLE: "x:2=kill"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (-9, "once\n")


@pytest.mark.parametrize("text", ["x", "x:1", "x:1=explode", "x=kill", "x:a=kill"])
def test_a_point_that_can_not_be_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a failpoint"):
        configure(text)


def test_they_cost_nothing_when_unset() -> None:
    started = time.process_time()
    for _ in range(100_000):
        reach("x")
    assert time.process_time() - started < 5
