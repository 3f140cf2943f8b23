"""Fixed addresses that can't be had are told with their place before anything is done."""

from pathlib import Path

import pytest
from tests.stack_files import complaints, load, write

from virtwright.errors import InputError

NETWORK = "networks:\n  back: {cidr: 10.40.0.0/24, cidr6: 'fd00:40::/64'}\n"


def told(folder: Path, *members: str, network: str = NETWORK, count: str = "") -> list[str]:
    lines = "".join(
        f"  c{index}: {{image: host, {count}networks: [{{network: back, {member}}}]}}\n"
        for index, member in enumerate(members)
    )
    try:
        load(write(folder, f"{network}containers:\n{lines}"))
    except InputError as error:
        return [problem.message for problem in error.problems]
    return []


def test_the_place_of_a_wrong_address_is_told(tmp_path: Path) -> None:
    text = NETWORK + "vms:\n  db:\n    image: host\n    networks:\n      - network: back\n        address: 10.50.0.9\n"
    file = write(tmp_path, text)
    (wrong,) = complaints(file)
    assert "vms.db.networks[0].address: 10.50.0.9 is not in 10.40.0.0/24" in wrong
    line, column = wrong.split(" ")[0].split(":")
    at = file.read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert at[int(column) - 1 :] == "10.50.0.9"


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("address: 10.41.0.1", "10.41.0.1 is not in 10.40.0.0/24"),
        ("address: 10.40.0.1", "10.40.0.1 is the gateway's"),
        ("address: 10.40.0.0", "10.40.0.0 is the address of the network 10.40.0.0/24 itself"),
        ("address: 10.40.0.255", "10.40.0.255 is the broadcast address of 10.40.0.0/24"),
        ("address6: 'fd00:41::2'", "fd00:41::2 is not in fd00:40::/64"),
        ("address6: 'fd00:40::1'", "fd00:40::1 is the gateway's"),
    ],
)
def test_an_address_that_no_member_can_have(tmp_path: Path, member: str, expected: str) -> None:
    (wrong,) = told(tmp_path, member)
    assert wrong.startswith(expected)


def test_an_address_is_given_once(tmp_path: Path) -> None:
    (wrong,) = told(tmp_path, "address: 10.40.0.9", "address: 10.40.0.9")
    assert wrong.startswith("10.40.0.9 is given to containers.c0 already")
    (wrong,) = told(tmp_path, "address: 10.40.0.9", count="count: 2, ")
    assert wrong.startswith("10.40.0.9 is given to containers.c0-0 already")


def test_the_gateway_that_was_given_is_the_one(tmp_path: Path) -> None:
    network = "networks:\n  back: {cidr: 10.40.0.0/24, gateway: 10.40.0.254}\n"
    assert told(tmp_path, "address: 10.40.0.1", network=network) == []
    (wrong,) = told(tmp_path, "address: 10.40.0.254", network=network)
    assert wrong.startswith("10.40.0.254 is the gateway's")


def test_reservations_are_held_to_the_same(tmp_path: Path) -> None:
    reserved = "dhcp: {reservations: [{mac: '52:54:00:00:00:01', address: 10.40.0.ADDRESS}]}"
    network = f"networks:\n  back: {{cidr: 10.40.0.0/24, {reserved}}}\n"
    (wrong,) = told(tmp_path, "address: 10.40.0.9", network=network.replace("ADDRESS", "1"))
    assert wrong.startswith("10.40.0.1 is the gateway's")
    network = network.replace("ADDRESS", "9")
    (wrong,) = told(tmp_path, "address: 10.40.0.9", network=network)
    assert wrong.startswith("10.40.0.9 is given to a reservation of networks.back already")
    assert told(tmp_path, "mac: '52:54:00:00:00:01', address: 10.40.0.9", network=network) == []


@pytest.mark.parametrize(
    ("network", "member"),
    [
        ("networks:\n  back: {}\n", "address: 10.40.0.1"),
        ("networks:\n  back: {mode: bridge, bridge: br0, cidr: 10.40.0.0/24}\n", "address: 10.40.0.1"),
        ("networks:\n  front: {}\n  back: {cidr: '${networks.front.cidr}'}\n", "address: 10.50.0.1"),
        ("networks:\n  front: {}\n  back: {cidr: 10.40.0.0/24}\n", "address: '${networks.front.gateway}'"),
        ("networks:\n  back: {cidr: 10.40.0.0/31}\n", "address: 10.40.0.0"),
        ("networks:\n  back: {cidr: 10.40.0.9/32}\n", "address: 10.40.0.9"),
    ],
)
def test_what_is_not_known_or_has_its_own_rules_passes(tmp_path: Path, network: str, member: str) -> None:
    assert told(tmp_path, member, network=network) == []
