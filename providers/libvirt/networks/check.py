"""What of a network libvirt can't do. Nothing is asked of the host."""

from virtwright.errors import UnsupportedError, Where
from virtwright.providers.libvirt.xml import from_user
from virtwright.providers.refusal import Refusal, given, known, refuse
from virtwright.schemas.network import Dhcp, Dns, Network
from virtwright.schemas.values import Unknown


def check_network(inputs: Network) -> Network:
    """Raises ``UnsupportedError`` and ``InputError``."""
    if known(inputs.mode) == "bridge":
        refuse(_of_others_bridge(inputs), "a network of a bridge that is there already")
    elif given(inputs.vlan):
        raise UnsupportedError(
            "vlan: libvirt's own bridges have none",
            where=Where(path="vlan"),
            hint="join a bridge of the host:\n    mode: bridge\n    bridge: br0",
        )
    own = known(inputs.libvirt)
    if own is not None and isinstance(own.xml, str):
        from_user(own.xml, "libvirt.xml", "network")
    return inputs


def _of_others_bridge(inputs: Network) -> list[Refusal]:
    dns = Dns() if isinstance(inputs.dns, Unknown) else inputs.dns
    elsewhere = "leave it out: whoever serves the bridge's network decides"
    return [
        ("cidr", given(inputs.cidr), elsewhere),
        ("cidr6", given(inputs.cidr6), elsewhere),
        ("dhcp", isinstance(inputs.dhcp, Dhcp), elsewhere),
        ("dns", any(map(given, (dns.domain, dns.records, dns.forwarders))), elsewhere),
        ("mtu", given(inputs.mtu), "leave it out: the bridge has one"),
        ("uplink", given(inputs.uplink), "leave it out: the bridge's ports lead outside"),
    ]
