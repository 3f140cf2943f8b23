"""Changes of networks and volumes."""

from typing import Any

from tests.contract.libvirt.asking import has, only_noted, says, volume_file
from tests.contract.libvirt.items import BACK, BASE, DATA, OTHER_BASE, SHOP
from tests.contract.namespace.change import change
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange

from virtwright.providers.diff import Impact

LIVE, REBOOT, LOSS = Impact.LIVE, Impact.REBOOT, Impact.DATA_LOSS
RANGE = {"start": "10.40.0.100", "end": "10.40.0.200"}
HOST = {"mac": "52:54:00:00:00:01", "address": "10.40.0.9", "hostname": "db"}
RECORD = {"name": "db", "address": "10.40.0.9"}


def _size(count: int) -> Any:
    def holds(subject: Any) -> None:
        found = volume_file(subject.lab, "data")
        assert found is not None and found.stat().st_size == count

    return holds


def _filled(subject: Any) -> None:
    found = volume_file(subject.lab, "data")
    assert found is not None
    assert subject.lab.run("debugfs", "-R", "cat /page/one.txt", f"/var/lib/libvirt/images/{found.name}") == "here"


def _other(subject: Any) -> None:
    (found,) = [each for each in (subject.lab.lib / "images").iterdir() if each.name.endswith(".qcow2")]
    assert found.read_bytes() == (subject.here / "other.qcow2").read_bytes()


ANYWHERE: tuple[FieldChange, ...] = (
    change((BACK,), altered(BACK, labels={"a": "b"}), LIVE, "labels.a", holds=only_noted),
    change((BACK,), altered(BACK, dhcp={"range": RANGE}), LIVE, "dhcp", holds=has("ip/dhcp/range", "start", "10.40.0.100"),
           name="dhcp.range"),
    change((BACK,), altered(BACK, mtu=1400), REBOOT, "mtu", holds=has("mtu", "size", "1400")),
)  # fmt: skip
"""What the test driver can do, too."""
CHANGES: tuple[FieldChange, ...] = (
    *ANYWHERE,
    change((BACK,), altered(BACK, dhcp={"reservations": [HOST]}), LIVE, "dhcp.reservations[0].address", "dhcp.reservations[0].hostname",
           prior=altered(BACK, dhcp={"reservations": [{**HOST, "address": "10.40.0.8", "hostname": None}]}),
           holds=has("ip/dhcp/host", "name", "db"), name="dhcp.reservation-changed"),
    change((BACK,), altered(BACK, dhcp={"lease_time": "12h"}), LIVE, "dhcp", holds=has("ip/dhcp/range/lease", "expiry", "43200"),
           name="dhcp.lease_time"),
    change((BACK,), altered(BACK, dns={"records": [RECORD]}), LIVE, "dns.records", holds=has("dns/host", "ip", "10.40.0.9")),
    change((BACK,), BACK, LIVE, "dns.records", prior=altered(BACK, dns={"records": [RECORD]}), name="dns.records-gone",
           holds=has("dns/host", "ip", None)),
    change((BACK,), altered(BACK, dns={"domain": "shop.example"}), REBOOT, "dns.domain", holds=has("domain", "name", "shop.example")),
    change((BACK,), altered(BACK, cidr="10.41.0.0/24"), REBOOT, "cidr", holds=says("ip -4 addr", "10.41.0.1/24")),
    change((BACK,), altered(BACK, bridge="vw-shop"), REBOOT, "bridge", holds=says("ip link", "vw-shop:")),
    change((BACK,), altered(BACK, mode="isolated"), REBOOT, "mode", holds=has("forward", "mode", None)),
    change((BACK,), altered(BACK, mode="routed"), REBOOT, "mode", name="mode-routed", holds=has("forward", "mode", "route")),
    change((BACK,), altered(BACK, gateway="10.40.0.254"), REBOOT, "gateway", holds=says("ip -4 addr", "10.40.0.254/24")),
    change((BACK,), altered(BACK, cidr6="fd00:40::/64"), REBOOT, "cidr6", holds=says("ip -6 addr", "fd00:40::1/64")),
    change((BACK,), altered(BACK, cidr6="fd00:40::/64", gateway6="fd00:40::9"), REBOOT, "gateway6",
           prior=altered(BACK, cidr6="fd00:40::/64"), holds=says("ip -6 addr", "fd00:40::9/64")),
    change((BACK,), altered(BACK, uplink="lo"), REBOOT, "uplink", holds=has("forward", "dev", "lo")),
    change((BACK,), altered(BACK, dns={"forwarders": ["10.40.0.3"]}), REBOOT, "dns.forwarders", holds=has("dns/forwarder", "addr", "10.40.0.3")),
    change((BACK,), altered(BACK, dns={"records": [RECORD, {**RECORD, "address": "10.40.0.7"}]}), REBOOT, "dns.records",
           name="dns.records-shared", holds=has("dns/host", "ip", "10.40.0.7")),
    change((BACK,), altered(BACK, dhcp={"reservations": [HOST]}), LIVE, "dhcp", name="dhcp.reservation-new",
           holds=has("ip/dhcp/host", "name", "db")),
    change((BACK,), BACK, LIVE, "dhcp", prior=altered(BACK, dhcp={"reservations": [HOST]}), name="dhcp.reservation-gone",
           holds=has("ip/dhcp/host", "name", None)),
    change((BACK,), altered(BACK, libvirt={"xml": "<network><bridge delay='2'/></network>"}), REBOOT, "libvirt",
           holds=has("bridge", "delay", "2")),
    change(SHOP, altered(DATA, size="6MiB"), LIVE, "size", holds=_size(6 * 1024**2)),
    change((DATA,), altered(DATA, size="2MiB"), LOSS, "size", holds=_size(2 * 1024**2), name="size-smaller"),
    change((DATA,), altered(DATA, source={"content": "@here/content"}), LOSS, "source", holds=_filled),
    change((BASE,), OTHER_BASE, Impact.RECREATE, "source.file", "source.sha256", holds=_other),
)  # fmt: skip
