"""A member's places on its networks: what is fixed, what it had, what is free."""

from typing import Any, Final

import pytest

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.namespace.network.addresses import mac_for, port_name
from virtwright.providers.namespace.network.allocation import allocate, check_ports, resolvable
from virtwright.providers.namespace.network.members import Member, Membership, Published
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.records import Record
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort
from virtwright.schemas.network import Network

URN: Final = "urn:pulumi:prod::shop::virtwright:index:Container::web"
RECORD: Final = Record("0123456789ab", "Container", "shop-web", Stamp("shop/prod", URN, "op", "h"), {}, boot="b")
MAC: Final = "52:54:00:12:34:56"


def wiring(name: str, **more: Any) -> Wiring:
    chosen = {"mode": "nat", "cidr": "10.1.0.0/29", "cidr6": None, "gateway": "10.1.0.1", "gateway6": None, **more}
    inputs = Network.model_validate({"mode": chosen["mode"], **chosen.pop("inputs", {})})
    mode, cidr, cidr6, gateway, gateway6 = (chosen[each] for each in ("mode", "cidr", "cidr6", "gateway", "gateway6"))
    return Wiring(f"id-{name}", name, mode, f"vwb-{name}", cidr, cidr6, gateway, gateway6, inputs)


DHCP: Final = {"cidr": "10.1.0.0/29", "dhcp": {
    "range": {"start": "10.1.0.3", "end": "10.1.0.4"}, "reservations": [{"mac": MAC, "address": "10.1.0.6"}, {"mac": MAC[:-1] + "7", "address": "10.1.0.3"}],
}}  # fmt: skip
NETWORKS: Final = {
    each.name: each
    for each in (
        wiring("back"),
        wiring("both", cidr="10.2.0.0/24", gateway="10.2.0.1", cidr6="fd00:2::/64", gateway6="fd00:2::1"),
        wiring("dhcp", inputs=DHCP),
        wiring(
            "reserved", inputs={"dhcp": {"reservations": [{"mac": MAC, "address": "10.1.0.2"}]}, "cidr": "10.1.0.0/29"}
        ),
        wiring("lan", mode="bridge", cidr=None, gateway=None, inputs={"bridge": "br0"}),
        wiring("addressed", mode="bridge", gateway=None, inputs={"bridge": "br0"}),
        wiring("mixed", cidr6="fd00:7::/126", gateway6="fd00:7::1", inputs=DHCP),
        wiring("six", cidr=None, gateway=None, cidr6="fd00:6::/64", gateway6="fd00:6::1"),
    )
}


def place(network: str, address: str | None = None, address6: str | None = None, device: str = "eth0") -> Membership:
    wired = NETWORKS[network]
    return Membership(wired.id, network, device, "port", MAC, address, address6)


def member(*places: Membership, ports: tuple[Published, ...] = (), name: str = "db") -> Member:
    return Member("Container", "other", name, "urn", (name,), places, ports)


def allocated(
    joins: list[Any],
    *,
    ports: list[Any] | None = None,
    others: list[Member] | None = None,
    before: Member | None = None,
) -> Member:
    attachments = [
        NetworkAttachment.model_validate({"network": each} if isinstance(each, str) else each) for each in joins
    ]
    wanted = [PublishedPort.model_validate(each) for each in ports or []]
    return allocate(RECORD, ["web", "web", "a b", "ä"], attachments, wanted, NETWORKS, others or [], before)


def test_a_member_with_all_that_can_be_said() -> None:
    joins = [
        {"network": "both", "address": "10.2.0.9", "address6": "fd00:2::9", "mac": MAC, "aliases": ["db", "store"]},
        "back",
    ]
    port = {"port": 80, "host_port": 8080, "protocol": "udp"}
    assert allocated(joins, ports=[port]) == Member(
        "Container", RECORD.id, "shop-web", URN, ("web", "a-b"),
        (
            Membership("id-both", "both", "eth0", port_name(RECORD.id, "id-both"), MAC, "10.2.0.9", "fd00:2::9", ("db", "store")),
            Membership("id-back", "back", "eth1", port_name(RECORD.id, "id-back"), mac_for(URN, "back"), "10.1.0.2", None, ()),
        ),
        (Published("udp", None, 8080, 80, "10.2.0.9", "fd00:2::9"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("join", "others", "before", "address", "address6"),
    [
        ("back", [], None, "10.1.0.2", None),
        ("back", [place("back", "10.1.0.2"), place("back", "10.1.0.4")], None, "10.1.0.3", None),
        ("back", [place("both", "10.1.0.2")], None, "10.1.0.2", None),
        ("back", [], place("back", "10.1.0.5"), "10.1.0.5", None),
        ("back", [place("back", "10.1.0.5")], place("back", "10.1.0.5"), "10.1.0.2", None),
        ("back", [], place("back", "10.9.0.5"), "10.1.0.2", None),
        ("back", [], place("back", "10.1.0.1"), "10.1.0.2", None),
        ({"network": "back", "address": "10.1.0.4"}, [], place("back", "10.1.0.5"), "10.1.0.4", None),
        ("both", [], None, "10.2.0.2", "fd00:2::2"),
        ("both", [place("both", "10.2.0.2", "fd00:2::2")], None, "10.2.0.3", "fd00:2::3"),
        ("both", [], place("both", "10.2.0.7", "fd00:2::7"), "10.2.0.7", "fd00:2::7"),
        ("six", [], None, None, "fd00:6::2"),
        ("mixed", [], None, "10.1.0.4", "fd00:7::2"),
        ("lan", [], None, None, None),
        ("lan", [], place("lan", "10.1.0.5"), None, None),
        # with a range and reservations
        ("dhcp", [], None, "10.1.0.4", None),
        ({"network": "dhcp", "mac": MAC}, [], None, "10.1.0.6", None),
        ({"network": "dhcp", "mac": MAC[:-1] + "7"}, [], None, "10.1.0.3", None),
        ({"network": "dhcp", "mac": MAC, "address": "10.1.0.5"}, [], None, "10.1.0.5", None),
        ("dhcp", [], place("dhcp", "10.1.0.2"), "10.1.0.2", None),
        # with reservations, and no range
        ("reserved", [], None, "10.1.0.3", None),
        ({"network": "reserved", "mac": MAC}, [], None, "10.1.0.2", None),
    ],
)  # fmt: skip
def test_an_address(
    join: Any, others: list[Membership], before: Membership | None, address: str | None, address6: str | None
) -> None:
    (found,) = allocated([join], others=[member(each) for each in others], before=member(before) if before else None).networks  # fmt: skip
    assert (found.address, found.address6) == (address, address6)


@pytest.mark.parametrize(
    ("joins", "message"),
    [
        (["back", "back"], "the Container shop-web joins the network back twice"),
        ([{"network": "back", "address": "10.1.0.1"}], "the address 10.1.0.1 on the network back is taken by the gateway"),
        ([{"network": "both", "address6": "fd00:2::1"}], "the address fd00:2::1 on the network both is taken by the gateway"),
        ([{"network": "back", "address": "10.1.0.3"}], "the address 10.1.0.3 on the network back is taken by the Container db"),
        ([{"network": "back", "address": "10.3.0.3"}], r"the address 10.3.0.3 is not one of the network back \(10.1.0.0/29\)"),
        ([{"network": "back", "address6": "fd00::3"}], "the network back has no addresses like fd00::3: its cidr is 10.1.0.0/29"),
        (["dhcp"], "the network dhcp has no free address left"),
        (["mixed"], "the network mixed has no free address left"),
    ],
)  # fmt: skip
def test_what_can_not_be_had(joins: list[Any], message: str) -> None:
    others = [
        member(place("back", "10.1.0.3")),
        member(place("dhcp", "10.1.0.4")),
        member(place("mixed", None, "fd00:7::2")),
        member(place("mixed", None, "fd00:7::3")),
    ]
    with pytest.raises(HostError, match=message):
        allocated(joins, others=others)


@pytest.mark.parametrize(
    ("joins", "before", "devices"),
    [
        (["back", "both"], [], ["eth0", "eth1"]),
        (["back", "both"], [place("both", device="eth0")], ["eth1", "eth0"]),
        (["back", "both"], [place("back", device="eth3")], ["eth3", "eth0"]),
        (["both"], [place("back", device="eth0")], ["eth0"]),
        (["back", "both", "six"], [place("six", device="eth1")], ["eth0", "eth2", "eth1"]),
    ],
)
def test_a_device_keeps_its_name(joins: list[str], before: list[Membership], devices: list[str]) -> None:
    assert [each.device for each in allocated(joins, before=member(*before)).networks] == devices


PORT: Final[dict[str, Any]] = {"port": 80}


@pytest.mark.parametrize(
    ("joins", "port", "wanted"),
    [
        (["back"], PORT, Published("tcp", None, 80, 80, "10.1.0.2", None)),
        (["both"], PORT, Published("tcp", None, 80, 80, "10.2.0.2", "fd00:2::2")),
        (["both"], {**PORT, "host_address": "127.0.0.1"}, Published("tcp", "127.0.0.1", 80, 80, "10.2.0.2", None)),
        (["both"], {**PORT, "host_address": "::1"}, Published("tcp", "::1", 80, 80, None, "fd00:2::2")),
        (["lan", "back"], PORT, Published("tcp", None, 80, 80, "10.1.0.2", None)),
        (["addressed", "back"], PORT, Published("tcp", None, 80, 80, "10.1.0.2", None)),
        (["back", "six"], PORT, Published("tcp", None, 80, 80, "10.1.0.2", "fd00:6::2")),
        (["six", "back"], PORT, Published("tcp", None, 80, 80, "10.1.0.2", "fd00:6::2")),
        (["six"], PORT, Published("tcp", None, 80, 80, None, "fd00:6::2")),
        (["lan"], PORT, None),
        ([], PORT, None),
        (["addressed"], PORT, None),
        (["back"], {**PORT, "host_address": "::1"}, "an IPv6 address"),
        (["six"], {**PORT, "host_address": "127.0.0.1"}, "an IPv4 address"),
    ],
)  # fmt: skip
def test_where_a_port_leads(joins: list[str], port: dict[str, Any], wanted: Published | str | None) -> None:
    if isinstance(wanted, Published):
        assert allocated(joins, ports=[port]).ports == (wanted,)
        return
    with pytest.raises(
        HostError, match=f"port 80 can't be published: that needs {wanted or 'an address'} on a network"
    ):
        allocated(joins, ports=[port])


def test_a_port_is_published_once() -> None:
    one, other = Published("tcp", None, 80, 80, "10.1.0.2", None), Published("tcp", None, 81, 80, "10.1.0.2", None)
    check_ports(RECORD, [one, other], [member()])
    with pytest.raises(HostError, match=r"the Container shop-web publishes \*:80/tcp twice"):
        check_ports(RECORD, [one, other, one], [])
    with pytest.raises(HostError, match=r"the host's port \*:81/tcp is already published by the Container db"):
        check_ports(RECORD, [one, other], [member(ports=(other,))])
    with pytest.raises(HostError, match="is already published by the Container db"):
        allocated(["back"], ports=[{"port": 80, "host_port": 81}], others=[member(ports=(other,))])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("web", "web"), ("a b  c", "a-b-c"), ("ä", ""), ("-a.", "a"), (".a-", "a"), ("A_b.c-1", "A_b.c-1"), ("x" * 254, "x" * 253), ("y" * 253, "y" * 253), ("Xerxes", "Xerxes"),
    ],
)  # fmt: skip
def test_a_name_as_a_hosts_file_can_hold_it(name: str, wanted: str) -> None:
    assert resolvable(name) == wanted
