"""How tests wait: pauses that leave the processor to what is waited for."""

from types import SimpleNamespace

import pytest
from tests import waiting


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(("look", "pause"), [(0.0, 0.02), (0.005, 0.02), (0.2, 0.4), (3.0, 1.0)])
def test_a_look_that_takes_long_is_followed_by_a_long_pause(
    look: float, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, answers = Clock(), iter((False, False, True))

    def seen() -> bool:
        clock.now += look
        return next(answers)

    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=clock.sleep))
    assert waiting.until("it is there", seen)
    assert clock.pauses == pytest.approx([pause, pause])


def test_what_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=clock.sleep))
    with pytest.raises(AssertionError, match="waited 9s until it comes; last seen: 0"):
        waiting.until("it comes", lambda: 0, seconds=9)


def test_what_goes_a_moment_later_is_waited_for_and_what_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, answers = Clock(), iter((["a", "b"], ["b"], []))
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=clock.sleep))
    assert waiting.remaining(lambda: next(answers)) == []
    assert waiting.remaining(lambda: ["b"], seconds=9) == ["b"]
    assert clock.now == pytest.approx(9, abs=0.1)
