"""Shares of CPU time on both versions of control groups."""

import pytest
from tests.unit.libvirt.machines.cases import place

from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.shares import USUAL, from_host, to_host, usual
from virtwright.providers.libvirt.xml import text
from virtwright.schemas.machine import VirtualMachine


def test_what_is_usual_is_usual_everywhere() -> None:
    for unified in (True, False):
        assert to_host(USUAL, unified=unified) == usual(unified=unified)
        assert from_host(usual(unified=unified), unified=unified) == USUAL


@pytest.mark.parametrize(
    ("shares", "weight"),
    [(2, 1), (5, 1), (512, 50), (1024, 100), (2048, 200), (102_400, 10_000), (102_410, 10_000), (262_144, 10_000)],
)
def test_a_weight_of_version_2(shares: int, weight: int) -> None:
    assert (to_host(shares, unified=True), to_host(shares, unified=False)) == (weight, shares)


@pytest.mark.parametrize(("weight", "shares"), [(0, 2), (1, 10), (50, 512), (100, 1024), (10_000, 102_400)])
def test_shares_of_a_weight(weight: int, shares: int) -> None:
    assert (from_host(weight, unified=True), from_host(weight, unified=False)) == (shares, weight)


def test_what_a_host_has_stays_as_it_is() -> None:
    """A machine that is taken over keeps its weight when it is defined again."""
    assert all(to_host(from_host(weight, unified=True), unified=True) == weight for weight in range(1, 10_001))


@pytest.mark.parametrize(("unified", "told"), [(False, "512"), (True, "50")])
def test_the_definition_has_the_host_s_number(unified: bool, told: str) -> None:
    inputs = VirtualMachine.model_validate({"resources": {"cpu_shares": 512}})
    assert text(build_domain(inputs, place(inputs, unified=unified)), "cputune/shares") == told
