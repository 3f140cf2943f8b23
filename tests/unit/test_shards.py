"""A campaign in several processes plays all of its inputs, and fails where one of them does."""

import pytest
from tests import shards


def test_all_shares_are_played(capfd: pytest.CaptureFixture[str]) -> None:
    played, seconds = shards.in_shards(3 * shards.PROCESSES + 1, lambda number: number, seed=1)
    assert played == 3 * shards.PROCESSES + 1 and seconds >= 0
    assert len([line for line in capfd.readouterr().out.splitlines() if " of " in line]) == shards.PROCESSES


def test_what_fails_in_one_process_fails_the_campaign(capfd: pytest.CaptureFixture[str]) -> None:
    def play(number: int) -> int:
        assert number < 2, "the longer share"
        return number

    with pytest.raises(AssertionError, match="a history failed"):
        shards.in_shards(shards.PROCESSES + 1, play, seed=1)
    assert "the longer share" in capfd.readouterr().err
