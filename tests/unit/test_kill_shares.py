"""The kills of all campaigns add up to what is promised, on the real runtime as well as on the fake."""

from pathlib import Path

import pytest
from tests.kills import FAKE, NEEDED, REAL, assert_share

TESTS = Path(__file__).parents[1]
SOURCES = "".join(
    path.read_text()
    for path in TESTS.rglob("test_*.py")
    if path != Path(__file__) and "assert_share(" in path.read_text()
)


def test_they_add_up() -> None:
    assert sum(FAKE.values()) + sum(REAL.values()) >= NEEDED
    assert min(sum(FAKE.values()), sum(REAL.values())) >= NEEDED // 3


@pytest.mark.parametrize("campaign", [*FAKE, *REAL])
def test_each_share_is_asserted(campaign: str) -> None:
    """By its whole name, or by a name that is made of the parameters of the test."""
    family = campaign.split()[0]
    assert f'assert_share("{campaign}"' in SOURCES or f'assert_share(f"{family} {{' in SOURCES


def test_too_few_are_noticed() -> None:
    with pytest.raises(AssertionError, match="journey create: 29 kills where 30 were to be"):
        assert_share("journey create", 29)
