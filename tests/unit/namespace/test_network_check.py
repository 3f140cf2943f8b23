"""What the runtime refuses before anything is touched."""

from pathlib import Path

import pytest

from virtwright.errors import InputError, UnsupportedError
from virtwright.providers.diff import Impact
from virtwright.providers.namespace.network.handler import NetworkHandler
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.volumes.handler import VolumeHandler
from virtwright.schemas.network import Network
from virtwright.schemas.values import UNKNOWN
from virtwright.schemas.volume import Volume

NETWORKS = NetworkHandler(Root(Path("/nowhere")))
VOLUMES = VolumeHandler(Root(Path("/nowhere")))


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"vlan": 5}, "vlan"),
        ({"uplink": "eth0"}, "uplink"),
        ({"dns": {"forwarders": ["192.0.2.1"]}}, "dns.forwarders"),
        ({"mode": "bridge", "bridge": "br0"}, "cidr"),
        ({"cidr": "10.0.0.0/24", "dhcp": {"lease_time": 3600}}, "dhcp.lease_time"),
    ],
)
def test_what_a_network_can_not_be(fields: dict[str, object], path: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        NETWORKS.check(Network.model_validate(fields))
    assert caught.value.where.path == path
    assert caught.value.hint


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"cidr": "10.0.0.0/31"}, "cidr"),
        ({"cidr": "127.0.0.0/24"}, "cidr"),
        ({"cidr6": "ff02::/64"}, "cidr6"),
        ({"dhcp": {"reservations": [{"mac": "52:54:00:00:00:01", "address": "10.0.0.5"}]}}, "dhcp"),
    ],
)
def test_what_of_a_network_is_wrong(fields: dict[str, object], path: str) -> None:
    with pytest.raises(InputError) as caught:
        NETWORKS.check(Network.model_validate(fields))
    assert [problem.where.path for problem in caught.value.problems] == [path]


def test_values_not_known_yet_pass() -> None:
    inputs = Network.model_validate({"cidr": UNKNOWN, "gateway": UNKNOWN, "cidr6": UNKNOWN, "mtu": UNKNOWN})
    assert NETWORKS.check(inputs) is inputs
    later = Network.model_validate({"cidr": "10.0.0.0/24", "dhcp": UNKNOWN, "dns": UNKNOWN})
    assert NETWORKS.check(later) is later
    for fields in ({"size": UNKNOWN}, {"source": UNKNOWN}, {"source": {"clone": UNKNOWN}}):
        volume = Volume.model_validate(fields)
        assert VOLUMES.check(volume) is volume


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"format": "qcow2"}, "format"),
        ({"pool": "default"}, "pool"),
        ({"backing": "base"}, "backing"),
        ({"source": {"image": "base"}}, "source.image"),
        ({"allocation": "full"}, "allocation"),
    ],
)
def test_what_a_volume_can_not_be(fields: dict[str, object], path: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        VOLUMES.check(Volume.model_validate(fields))
    assert caught.value.where.path == path


def test_a_volume_too_small_for_a_file_system_is_refused() -> None:
    with pytest.raises(InputError, match="at least 4MiB"):
        VOLUMES.check(Volume(size=1024))


def test_settings_for_other_hosts_cost_nothing() -> None:
    goal = Network.model_validate({"docker": {}})
    assert NETWORKS.diff(Network(), goal).impact <= Impact.NONE
