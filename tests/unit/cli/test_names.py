"""Resources by name."""

import pytest
from tests.unit.cli.examples import urn

from virtwright.cli.names import find_urn
from virtwright.errors import InputError

URNS = [urn("Network", "web"), urn("Container", "web"), urn("VirtualMachine", "db")]


def test_a_name_that_is_unique_is_enough() -> None:
    assert find_urn("db", URNS) == urn("VirtualMachine", "db")
    assert find_urn("containers.web", URNS) == urn("Container", "web")
    assert find_urn(str(URNS[0]), URNS) == URNS[0]


def test_a_name_that_is_not_unique_lists_what_it_may_mean() -> None:
    with pytest.raises(InputError, match="names 2 resources") as caught:
        find_urn("web", URNS)
    assert "    networks.web\n    containers.web" in (caught.value.hint or "")


def test_a_name_that_is_wrong_has_a_near_one() -> None:
    with pytest.raises(InputError) as caught:
        find_urn("vms.dd", URNS)
    assert caught.value.hint == "did you mean vms.db?"
    with pytest.raises(InputError) as caught:
        find_urn("x", [])
    assert caught.value.hint == "the state holds no resources yet"
