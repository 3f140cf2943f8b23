"""Ranges of ids are given to one container at a time."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from virtwright.errors import HostError
from virtwright.providers.namespace import id_ranges
from virtwright.providers.namespace.sandbox.idmap import FIRST, SIZE


@pytest.fixture(autouse=True)
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_ranges, "VOLATILE", tmp_path / "run")
    monkeypatch.setattr(id_ranges, "_RANGES", 4)


def test_each_is_given_once_and_the_first_never() -> None:
    with ExitStack() as closing:
        firsts = [closing.enter_context(id_ranges.claimed())[0] for _ in range(3)]
        assert sorted(firsts) == [FIRST + number * SIZE for number in (1, 2, 3)]
        with pytest.raises(HostError, match="every range"), id_ranges.claimed():
            pass
    with id_ranges.claimed() as (first, _):
        assert first in firsts


def test_all_lie_where_ids_are_positive_numbers() -> None:
    assert FIRST + 16382 * SIZE <= 0x7FFE0000  # from there systemd keeps a range for the files of other machines
