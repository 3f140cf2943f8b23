"""Networks: the body of each, and what is read back from it."""

from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases, as_json
from tests.model_fields import unseen
from tests.refusals import refusals

from virtwright.errors import UnsupportedError
from virtwright.providers.base import Stamp
from virtwright.providers.diff import Change, Impact
from virtwright.providers.docker.labels import declared_fields, own_labels, stamped_labels
from virtwright.providers.docker.networks.foreign import is_hosts_own, tell
from virtwright.providers.docker.networks.mapping import (
    check_network,
    create_body,
    declared,
    driver_drift,
    first_address,
    gateway_of,
    lowest,
    read_network,
    read_outputs,
    versions,
)
from virtwright.schemas.network import DockerNetwork, Network, NetworkOutputs
from virtwright.schemas.values import UNKNOWN

FOLDER: Final = Path(__file__).parent / "golden"
CASES: Final = Cases(FOLDER / "networks")
REFUSALS: Final = Cases(FOLDER / "refusals")
STAMP: Final = Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Network::back", "op", "00")
ID: Final = "0123456789abcdef"
NOT_DOCKERS: Final = {
    "dhcp.range.start", "dhcp.range.end", "dhcp.reservations.mac", "dhcp.reservations.address",
    "dhcp.reservations.hostname", "dhcp.lease_time", "dns.domain", "dns.records.name", "dns.records.address",
    "dns.forwarders", "uplink", "vlan",  # refused: golden/refusals/networks.json
    "libvirt.xml",  # nothing on a Docker host
    "existing",  # nothing is made
}  # fmt: skip


def given(name: str) -> Network:
    return Network.model_validate(CASES.read(name))


def body(inputs: Network) -> dict[str, Any]:
    labels = stamped_labels(STAMP, "shop_back", inputs.labels, declared(inputs))
    return create_body(inputs, "shop_back", labels)


def found(inputs: Network, **more: Any) -> dict[str, Any]:
    """As the engine lists it."""
    made = body(inputs)
    del made["CheckDuplicate"]
    return {"Id": ID, "Scope": "local", "Created": "2026-12-01T00:00:00Z", "Containers": {}, **made, **more}


@pytest.mark.parametrize("name", CASES.names())
def test_a_network_becomes_the_golden_body(name: str) -> None:
    CASES.check(name, as_json(body(given(name))))


def test_each_field_shows_in_a_body() -> None:
    assert unseen(Network, map(given, CASES.names()), body) == NOT_DOCKERS


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


@pytest.mark.parametrize("name", CASES.names())
def test_what_is_read_back_is_what_was_asked_for(name: str) -> None:
    expected = given(name)
    if expected.mode == "routed" and expected.docker and expected.docker.driver == "macvlan":
        expected = expected.model_copy(update={"mode": "nat"})  # no bridge that masquerades: the body is the same
    assert read_network(found(given(name))) == expected


def _check(row: dict[str, Any]) -> object:
    usual = row.get("usual", "bridge")
    return check_network(Network.model_validate({k: v for k, v in row.items() if k != "usual"}), usual=usual)


def test_what_no_network_of_docker_can_be() -> None:
    REFUSALS.check("networks", as_json(refusals(REFUSALS.read("networks"), _check)))


def test_what_is_not_known_yet_is_not_refused() -> None:
    docker = DockerNetwork().model_copy(update={"driver": UNKNOWN, "options": UNKNOWN, "encrypted": UNKNOWN})
    fields = ("mode", "dhcp", "dns", "uplink", "vlan", "bridge")
    inputs = Network().model_copy(update={**dict.fromkeys(fields, UNKNOWN), "docker": docker})
    assert check_network(inputs) is inputs
    unknown = inputs.model_copy(update={"docker": UNKNOWN})
    assert check_network(unknown) is unknown
    with pytest.raises(UnsupportedError):
        check_network(Network(mode="routed", docker=docker), usual="overlay")


@pytest.mark.parametrize("name", CASES.names())
def test_a_network_of_somebody_else_is_told_as_it_would_be_written(name: str) -> None:
    expected = given(name)
    if expected.docker and expected.docker.driver == "macvlan":
        expected = expected.model_copy(update={"mode": "nat"})
    inputs, unsaid = tell(found(expected, Labels=expected.labels))
    assert (inputs, unsaid) == (expected, ())


TOLD: Final[list[tuple[dict[str, Any], dict[str, Any], list[str]]]] = [
    ({}, {}, []),
    ({"IPAM": None, "Options": None, "Labels": None}, {}, []),
    ({"IPAM": {"Config": [{"Subnet": "", "Gateway": ""}]}}, {}, []),
    ({"IPAM": {"Config": [{"Gateway": "10.0.0.1"}]}}, {}, []),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24"}]}}, {"cidr": "10.0.0.0/24"}, []),
    ({"IPAM": {"Config": [{"Subnet": f"10.0.{number}.0/24"} for number in range(3)]}}, {"cidr": "10.0.2.0/24"},
     ["IPAM: the subnet 10.0.0.0/24, besides another", "IPAM: the subnet 10.0.1.0/24, besides another"]),
    ({"Options": {"mtu": "1400"}}, {"docker": {"options": {"mtu": "1400"}}}, []),
    ({"Ingress": True, "Labels": {"a": "b\n"}}, {}, ["Ingress: True", "Labels: a"]),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1"}]}}, {"cidr": "10.0.0.0/24"}, []),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.9/24"}]}},
     {"cidr": "10.0.0.0/24", "gateway": "10.0.0.9"}, []),
    ({"IPAM": {"Config": [{"Subnet": "fd00::/64", "Gateway": "fd00::1"}]}}, {"cidr6": "fd00::/64"}, []),
    ({"IPAM": {"Config": [{"Subnet": "fd00::/64", "Gateway": "fd00::2"}]}},
     {"cidr6": "fd00::/64", "gateway6": "fd00::2"}, []),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "IPRange": "10.0.0.0/28", "AuxiliaryAddresses": {"a": "10.0.0.5"}}]}},
     {"cidr": "10.0.0.0/24"}, ["IPAM: IPRange 10.0.0.0/28", "IPAM: AuxiliaryAddresses {'a': '10.0.0.5'}"]),
    ({"IPAM": {"Driver": "dhcp", "Options": {"k": "v"}}}, {}, ["IPAM: the driver dhcp", "IPAM: Options {'k': 'v'}"]),
    ({"IPAM": {"Driver": ""}}, {}, []),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24"}, {"Subnet": "fd00::/64"}, {"Subnet": "10.0.1.0/24"}]}},
     {"cidr": "10.0.1.0/24", "cidr6": "fd00::/64"}, ["IPAM: the subnet 10.0.0.0/24, besides another"]),
    ({"ConfigOnly": True, "Ingress": True}, {}, ["ConfigOnly: True", "Ingress: True"]),
    ({"Labels": {"com.docker.compose.project": "p", "a": "b"}}, {"labels": {"a": "b"}},
     ["Labels: com.docker.compose.*, by which docker compose knows it"]),
    ({"Labels": {"a\n": "b", "c": "d"}}, {"labels": {"c": "d"}}, ["Labels: a\n"]),
    ({"Driver": "macvlan", "Options": {"parent": "eth0"}},
     {"docker": {"driver": "macvlan", "options": {"parent": "eth0"}}}, []),
    ({"Attachable": True}, {"docker": {"attachable": True}}, []),
    ({"Options": {"encrypted": ""}}, {"docker": {"encrypted": True}}, []),
    ({"Options": {"com.docker.network.driver.overlay.vxlanid_list": "4097"}}, {}, []),
    ({"Options": {"com.docker.network.driver.overlay.vxlanid_list": "4097", "x": "y"}},
     {"docker": {"options": {"x": "y"}}}, []),
    ({"Options": {"com.docker.network.driver.mtu": "1400", "com.docker.network.bridge.name": "br0"}},
     {"mtu": 1400, "bridge": "br0"}, []),
    ({"Options": {"com.docker.network.bridge.enable_ip_masquerade": "false"}}, {"mode": "routed"}, []),
    ({"Options": {"com.docker.network.bridge.enable_ip_masquerade": "true"}}, {}, []),
    ({"Internal": True, "Options": {"com.docker.network.bridge.enable_ip_masquerade": "false"}},
     {"mode": "isolated"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("more", "expected", "unsaid"), TOLD)
def test_what_is_told_of_a_network_of_somebody_else(
    more: dict[str, Any], expected: dict[str, Any], unsaid: list[str]
) -> None:
    listed = {"Id": ID, "Name": "x", "Driver": "bridge", "Options": {}, "Labels": {}, **more}
    told = tell(listed)
    assert told == (Network.model_validate(expected), tuple(unsaid))


def test_the_hosts_own_driver_is_not_told() -> None:
    listed = {"Id": ID, "Name": "x", "Driver": "overlay", "Options": {}}
    assert tell(listed, "overlay") == (Network(), ())
    assert tell(listed)[0].docker == DockerNetwork(driver="overlay")


def test_networks_of_the_engine_itself() -> None:
    own = ("bridge", "host", "none", "ingress", "docker_gwbridge")
    assert all(is_hosts_own({"Name": name}) for name in own)
    assert not is_hosts_own({"Name": "bridge2"})


def test_only_what_was_said_is_read_back() -> None:
    pools = [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}, {"Subnet": "fd00::/64", "Gateway": "fd00::1"}]
    filled = {"IPAM": {"Config": pools}, "EnableIPv6": True}
    filled["Options"] = {"com.docker.network.bridge.name": "br-x", "com.docker.network.driver.mtu": "1500"}
    assert read_network(found(Network(), **filled)) == Network()
    driver = found(Network(docker=DockerNetwork(attachable=True)), Driver="overlay")
    assert read_network(driver).docker == DockerNetwork(attachable=True)


@pytest.mark.parametrize(
    ("options", "mtu"),
    [
        ({"com.docker.network.driver.mtu": "1400"}, 1400),
        ({"mtu": "1400"}, 1400),
        ({"com.docker.network.driver.mtu": "1300", "mtu": "1400"}, 1300),
        ({"com.docker.network.driver.mtu": "many"}, None),
        ({}, None),
    ],
)
def test_the_mtu_in_the_words_of_each_engine(options: dict[str, str], mtu: int | None) -> None:
    assert read_network(found(Network(mtu=1400), Options=options)).mtu == mtu


DECLARED: Final[list[tuple[dict[str, Any], set[str]]]] = [
    ({}, set()),
    ({"cidr": "10.0.0.0/24", "gateway": "10.0.0.1"}, {"cidr", "gateway"}),
    ({"cidr6": "fd00::/64", "gateway6": "fd00::1"}, {"cidr6", "gateway6"}),
    ({"mtu": 1400, "bridge": "br0"}, {"mtu", "bridge"}),
    ({"mode": "isolated", "labels": {"a": "b"}}, set()),
    ({"docker": {}}, {"docker"}),
    ({"docker": {"driver": "macvlan"}}, {"docker", "docker.driver"}),
]


@pytest.mark.parametrize(("inputs", "fields"), DECLARED)
def test_what_the_label_says_was_declared(inputs: dict[str, Any], fields: set[str]) -> None:
    network = Network.model_validate(inputs)
    assert declared(network) == fields
    assert declared_fields(body(network)["Labels"]) == fields


def test_a_network_of_another_usual_driver_has_drifted() -> None:
    plain, named = found(Network()), found(Network(docker=DockerNetwork(driver="bridge")))
    assert list(driver_drift(plain, "bridge")) == []
    assert list(driver_drift(plain, "overlay")) == [Change(("docker", "driver"), "bridge", "overlay", Impact.RECREATE)]
    assert list(driver_drift(named, "overlay")) == []


def test_the_usual_driver_is_the_hosts() -> None:
    assert create_body(Network(), "x", {}, driver="overlay")["Driver"] == "overlay"
    assert create_body(Network(mode="routed"), "x", {}, driver="overlay")["Options"] == {}
    assert (
        create_body(Network(docker=DockerNetwork(driver="macvlan")), "x", {}, driver="overlay")["Driver"] == "macvlan"
    )


OUTPUTS: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({}, {"bridge": "br-0123456789ab"}),
    ({"Options": {"com.docker.network.bridge.name": "br0"}}, {"bridge": "br0"}),
    ({"Driver": "overlay"}, {}),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24"}]}},
     {"cidr": "10.0.0.0/24", "gateway": "10.0.0.1", "bridge": "br-0123456789ab"}),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24"}]}, "Driver": "overlay"}, {"cidr": "10.0.0.0/24"}),
    ({"IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.9/24"}]}},
     {"cidr": "10.0.0.0/24", "gateway": "10.0.0.9", "bridge": "br-0123456789ab"}),
    ({"IPAM": {"Config": [{"Subnet": "fd00::/64", "Gateway": "fd00::1"}]}},
     {"cidr6": "fd00::/64", "bridge": "br-0123456789ab"}),
]  # fmt: skip


@pytest.mark.parametrize(("more", "outputs"), OUTPUTS)
def test_what_is_reported_of_a_network(more: dict[str, Any], outputs: dict[str, Any]) -> None:
    listed = {"Id": ID, "Name": "shop_back", "Driver": "bridge", **more}
    assert read_outputs(listed) == NetworkOutputs(id=ID, name="shop_back", **outputs)


def test_addresses_of_subnets() -> None:
    assert (lowest("10.0.0.0/24"), lowest("fd00::/64"), lowest("10.0.0.8/31")) == ("10.0.0.1", "fd00::1", "10.0.0.8")
    assert (versions({"Subnet": "fd00::/64"}), versions({"Subnet": "10.0.0.0/24"}), versions({})) == ([6], [4], [4])
    assert first_address({"Driver": "bridge"}, None) is None
    assert [gateway_of(pool) for pool in ({"Gateway": "10.0.0.9/24"}, {"Gateway": "10.0.0.9"}, {"Gateway": ""}, {})] == [
        "10.0.0.9", "10.0.0.9", None, None
    ]  # fmt: skip


def test_labels_of_ours_are_no_labels_of_the_user() -> None:
    assert own_labels(body(Network(labels={"a": "b"}))["Labels"]) == {"a": "b"}
