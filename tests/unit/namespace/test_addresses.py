"""Which addresses a network and its members get."""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtwright.errors import HostError
from virtwright.providers.namespace.network.addresses import (
    POOL,
    bridge_name,
    choose_cidr,
    first_host,
    fixed_address,
    free_address,
    mac_for,
    overlapping,
    port_name,
)

NET = IPv4Network("10.40.0.0/29")


def test_the_first_free_part_of_the_pool_is_chosen() -> None:
    assert str(choose_cidr([])) == "10.89.0.0/24"
    taken = [
        IPv4Network(text) for text in ("0.0.0.0/0", "10.89.0.0/24", "10.89.1.128/25", "10.89.2.0/23", "192.0.2.0/24")
    ]
    assert str(choose_cidr(taken)) == "10.89.4.0/24"


def test_a_machine_that_uses_the_whole_pool_is_told_what_to_do() -> None:
    with pytest.raises(HostError, match=r"no free network is left in 10\.89\.0\.0/16") as caught:
        choose_cidr([IPv4Network("10.0.0.0/8")])
    assert "cidr" in (caught.value.hint or "")


@given(st.lists(st.integers(0, 255), max_size=255))
def test_a_chosen_network_overlaps_with_none(numbers: list[int]) -> None:
    taken = [IPv4Network(f"10.89.{number}.0/24") for number in numbers]
    if len(set(numbers)) < 256:
        chosen = choose_cidr(taken)
        assert chosen.subnet_of(POOL)
        assert not any(chosen.overlaps(network) for network in taken)


@given(st.sets(st.integers(1, 6)))
def test_a_free_address_is_a_members_and_nobodys(taken: set[int]) -> None:
    busy = [NET.network_address + number for number in taken]
    if len(taken) == 6:
        with pytest.raises(HostError, match=r"no free address left \(from 10\.40\.0\.1 to 10\.40\.0\.6\)"):
            free_address(NET, busy)
    else:
        found = free_address(NET, busy)
        assert found not in busy
        assert int(IPv4Address("10.40.0.1")) <= int(found) <= int(IPv4Address("10.40.0.6"))


def test_ipv6_networks_are_not_counted_through() -> None:
    net = IPv6Network("fd00:40::/64")
    assert str(free_address(net, [first_host(net)])) == "fd00:40::2"


def test_the_ends_of_a_network_are_nobodys() -> None:
    for text in ("10.40.0.0", "10.40.0.7", "10.40.0.8"):
        with pytest.raises(HostError, match="is not one of the network back"):
            fixed_address(text, NET, {}, name="back")
    with pytest.raises(HostError, match=r"10\.40\.0\.3 on the network back is taken by the Container web"):
        fixed_address("10.40.0.3", NET, {ip_address("10.40.0.3"): "the Container web"}, name="back")


def test_an_overlap_names_the_other() -> None:
    others = {"a route": ["0.0.0.0/0", "10.2.0.0/16"], "the network back": ["fd00::/48"]}
    assert overlapping("10.2.3.0/24", others) == "a route (10.2.0.0/16)"
    assert overlapping("fd00::/64", others) == "the network back (fd00::/48)"
    assert overlapping("10.3.0.0/24", others) is None


def test_device_names_fit_and_differ() -> None:
    names = {bridge_name("0123456789ab"), port_name("a", "b"), port_name("a", "c"), port_name("b", "b")}
    assert len(names) == 4
    assert all(len(name) <= 15 for name in names)


def test_a_mac_follows_from_the_identity_and_is_local_and_unicast() -> None:
    assert mac_for("urn", "back") == mac_for("urn", "back") != mac_for("urn", "front")
    assert int(mac_for("urn", "back")[:2], 16) & 0b11 == 0b10
