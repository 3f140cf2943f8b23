"""Fragments that a user lays over a definition: what libvirt would pass over is refused, and nothing is made or changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.libvirt.machines.driver import STACK, Driver, driver

from virtwright.errors import HostError, InputError
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.machines.check import check_machine
from virtwright.providers.libvirt.networks.check import check_network
from virtwright.providers.libvirt.networks.handler import NetworkHandler
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.network import Network

__all__ = ["driver"]
UNKNOWN = {"libvirt": {"xml": "<domain><nonsense/></domain>"}}
KNOWN = {"libvirt": {"xml": "<domain><title>mine</title></domain>"}}
URN = "urn:pulumi:shop::shop::virtwright:index:Network::back"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("none at all", "the fragment is no XML: syntax error"),
        ("<domain><devices></domain>", "the fragment is no XML: mismatched tag"),
        ("<machine/>", "the fragment is a <machine>, and goes over a <"),
        ("<!DOCTYPE a><a/>", "the fragment has a document type"),
    ],
)
def test_a_fragment_is_read_before_any_host_is_asked(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as of_machine:
        check_machine(VirtualMachine.model_validate({"libvirt": {"xml": text}}), "qemu")
    with pytest.raises(InputError, match=said) as of_network:
        check_network(Network.model_validate({"libvirt": {"xml": text}}))
    assert {each.value.where.path for each in (of_machine, of_network)} == {"libvirt.xml"}


def test_what_no_machine_has(driver: Driver) -> None:
    with pytest.raises(HostError, match=r"libvirt\.xml: .*: Element domain has extra content: nonsense") as raised:
        driver.create(UNKNOWN)
    assert raised.value.where.path == "libvirt.xml"
    assert raised.value.hint == "what there is: https://libvirt.org/formatdomain.html"
    assert list(driver.handler.observe(STACK)) == []
    driver.create(KNOWN)
    with pytest.raises(HostError, match="nonsense"):
        driver.update(UNKNOWN)
    assert driver.drift() == {}
    driver.update({**KNOWN, "cpus": 2})
    assert driver.drift() == {}


@pytest.fixture
def networks(driver: Driver) -> Iterator[NetworkHandler]:
    handler = NetworkHandler(driver.connection)
    yield handler
    for each in handler.observe(STACK):
        handler.delete(each.id, driver.context)


def test_what_no_network_has(driver: Driver, networks: NetworkHandler) -> None:
    def network(**own: Any) -> Network:
        return Network.model_validate({"cidr": "10.40.0.0/24", **own})

    bad = network(libvirt={"xml": "<network><nonsense/></network>"})
    with pytest.raises(HostError, match="Element network has extra content: nonsense") as raised:
        networks.create(Stamp(STACK, URN, "one", "hash"), bad, driver.context)
    assert raised.value.hint == "what there is: https://libvirt.org/formatnetwork.html"
    assert list(networks.observe(STACK)) == []
    plain = network()
    id = networks.create(Stamp(STACK, URN, "two", "hash"), plain, driver.context).id
    with pytest.raises(HostError, match="nonsense"):
        networks.update(id, Stamp(STACK, URN, "three", "hash"), plain, bad, driver.context)
    (seen,) = networks.observe(STACK)
    assert seen.drift == () and seen.inputs.cidr == "10.40.0.0/24"
    good = network(libvirt={"xml": "<network><portgroup name='p'/></network>"})
    networks.update(id, Stamp(STACK, URN, "four", "hash"), plain, good, driver.context)
    assert "portgroup" in driver.connection.call("ask", lambda each: each.networkLookupByUUIDString(id).XMLDesc())
