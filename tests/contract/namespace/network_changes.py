"""Changes of networks. The witness is a container that is a member."""

from typing import Any

from tests.contract.namespace import kernel
from tests.contract.namespace.change import change, in_container, only_noted
from tests.contract.namespace.items import BACK, SHOP, WEB, altered
from tests.contract.subject import FieldChange
from tests.programs import Item

from virtwright.providers.diff import Impact

FREE = altered(WEB, networks=["{back}"])
OPEN = tuple(FREE if item is WEB else item for item in SHOP)
"""The container has no fixed address, so that the network's may change."""
RECORD = {"name": "api", "address": "10.40.0.99"}
LATE = Item("Container", "late", {**FREE.inputs, "volumes": [], "command": ["sleep", "1000"]}, ("back",))


def _mtu(subject: Any) -> None:
    (bridge,) = [each for each in kernel.devices() if each["ifname"] == subject.bridge()]
    assert bridge["mtu"] == 1400
    assert "mtu 1400" in subject.alive("web").in_network(["ip", "link", "show", "eth0"])


def _bridge(subject: Any) -> None:
    assert subject.bridge() == "vw-shop"


def _routes(want: str) -> Any:
    return in_container("web", lambda one: (want in one.in_network(["ip", "route"])) if want else
                        "default" not in one.in_network(["ip", "route"]))  # fmt: skip


def _address(part: str, family: str = "-4") -> Any:
    return in_container("web", lambda one: part in one.in_network(["ip", family, "addr", "show", "dev", "eth0"]))


def _late(subject: Any) -> None:
    text = subject.alive("late").in_network(["ip", "-4", "addr", "show", "dev", "eth0"])
    assert any(f"10.40.0.{last}/" in text for last in range(200, 206)), text


NETWORKS: tuple[FieldChange, ...] = (
    change(OPEN, altered(BACK, labels={"a": "b"}), Impact.LIVE, "labels.a", holds=only_noted),
    change(OPEN, altered(BACK, mtu=1400), Impact.LIVE, "mtu", holds=_mtu),
    change(OPEN, altered(BACK, dns={"domain": "shop.internal"}), Impact.LIVE, "dns.domain",
           holds=in_container("web", lambda one: "web.shop.internal" in one.file("/etc/hosts"))),
    change(OPEN, altered(BACK, dns={"records": [RECORD]}), Impact.LIVE, "dns.records",
           holds=in_container("web", lambda one: "10.40.0.99 api" in one.file("/etc/hosts"))),
    change(OPEN, altered(BACK, dhcp={"range": {"start": "10.40.0.200", "end": "10.40.0.205"}}), Impact.LIVE, "dhcp",
           more=(LATE,), holds=_late),
    change(OPEN, altered(BACK, cidr="10.41.0.0/24"), Impact.RECREATE, "cidr", holds=_address("10.41.0.")),
    change(OPEN, altered(BACK, cidr6="fd00:40::/64"), Impact.RECREATE, "cidr6", holds=_address("fd00:40:", "-6")),
    change(OPEN, altered(BACK, gateway="10.40.0.254"), Impact.RECREATE, "gateway", holds=_routes("via 10.40.0.254")),
    change(OPEN, altered(BACK, mode="isolated"), Impact.RECREATE, "mode", holds=_routes("")),
    change(OPEN, altered(BACK, bridge="vw-shop"), Impact.RECREATE, "bridge", holds=_bridge),
)  # fmt: skip
