"""The short names of resources."""

import pytest

from virtwright.engine.selection import address, matches, names_exactly
from virtwright.schemas.urn import Urn


@pytest.mark.parametrize(
    ("type", "short"),
    [
        ("virtwright:index:Container", "containers.web"),
        ("my:index:Team$virtwright:index:VirtualMachine", "vms.web"),
        ("pulumi:providers:virtwright", "hosts.web"),
        ("pulumi-python:dynamic:Resource", "dynamic.web"),
        ("my:index:Container", "my:index:Container.web"),
        ("docker:index/container:Container", "docker:index/container:Container.web"),
        ("virtwright:index:Team", "virtwright:index:Team.web"),
    ],
)
def test_only_our_own_kinds_have_a_section(type: str, short: str) -> None:
    urn = Urn("prod", "shop", type, "web")
    assert address(urn) == short
    assert names_exactly(short, urn) and matches(short.replace("web", "w*"), urn)
    assert names_exactly("containers.web", urn) == (short == "containers.web")
