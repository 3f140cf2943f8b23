"""Changes of networks and volumes."""

import json
from typing import Any

from tests.contract.docker.asking import Holds, inside, network, only_noted, volume
from tests.contract.docker.items import BACK, DATA, SHOP, STALL, WEB
from tests.contract.namespace.change import change
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange

from virtwright.providers.diff import Impact

RECREATE, LOSS = Impact.RECREATE, Impact.DATA_LOSS
FREE = altered(WEB, networks=["{back}"])
OPEN = tuple(FREE if item is WEB else item for item in SHOP)
"""The container has no fixed address, so that the network's may change."""


def _tells(*path: Any, value: Any) -> Holds:
    def holds(subject: Any) -> None:
        found: Any = network(subject.lab, "back")
        for part in path:
            found = found[part]
        assert found == value, found

    return holds


def _inside(script: str, part: str) -> Holds:
    def holds(subject: Any) -> None:
        text = inside(subject.lab, "web", script)
        assert part in text, text

    return holds


def _isolated(subject: Any) -> None:
    assert "default" not in inside(subject.lab, "web", "ip route")


def _named(subject: Any) -> None:
    devices = json.loads(subject.lab.run("ip", "-j", "link"))
    assert "vw-shop" in [each["ifname"] for each in devices]


def _not_masqueraded(subject: Any) -> None:
    assert "10.40.0.0/24" not in subject.lab.run("iptables", "-t", "nat", "-S", "POSTROUTING")


def _in_memory(subject: Any) -> None:
    assert "tmpfs" in inside(subject.lab, "app", "mount | grep /data")


def _filled(subject: Any) -> None:
    assert inside(subject.lab, "app", "cat /data/page/one.txt") == "here"


def _labels_kept(subject: Any) -> None:
    found = volume(subject.lab, "data")
    assert found is not None


CHANGES: tuple[FieldChange, ...] = (
    change(OPEN, altered(BACK, cidr="10.41.0.0/24"), RECREATE, "cidr", holds=_inside("ip -4 addr", "10.41.0.")),
    change(OPEN, altered(BACK, mode="isolated"), RECREATE, "mode", holds=_isolated),
    change(OPEN, altered(BACK, gateway="10.40.0.254"), RECREATE, "gateway", holds=_inside("ip route", "via 10.40.0.254")),
    change((BACK,), altered(BACK, mode="routed"), RECREATE, "mode", holds=_not_masqueraded, name="mode-routed"),
    change((BACK,), altered(BACK, cidr6="fd00:40::/64"), RECREATE, "cidr6",
           holds=_tells("IPAM", "Config", 1, "Subnet", value="fd00:40::/64")),
    change((BACK,), altered(BACK, mtu=1400), RECREATE, "mtu",
           holds=_tells("Options", "com.docker.network.driver.mtu", value="1400")),
    change((BACK,), altered(BACK, bridge="vw-shop"), RECREATE, "bridge", holds=_named),
    change((BACK,), altered(BACK, labels={"a": "b"}), RECREATE, "labels.a", holds=_tells("Labels", "a", value="b")),
    change((BACK,), altered(BACK, docker={"attachable": True}), RECREATE, "docker", name="docker.attachable",
           holds=_tells("Attachable", value=True)),
    change((BACK,), altered(BACK, docker={"options": {"com.docker.network.bridge.enable_icc": "false"}}), RECREATE,
           "docker", name="docker.options",
           holds=_tells("Options", "com.docker.network.bridge.enable_icc", value="false")),
    change(STALL, altered(DATA, labels={"a": "b"}), Impact.LIVE, "labels.a", holds=only_noted),
    change(STALL, altered(DATA, docker={"options": {"type": "tmpfs", "device": "tmpfs"}}), LOSS, "docker",
           name="docker.options", holds=_in_memory),
    change(STALL, altered(DATA, source={"content": "@here/content"}), LOSS, "source", holds=_filled),
)  # fmt: skip
