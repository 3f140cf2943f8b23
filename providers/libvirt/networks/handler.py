"""The handler of the kind Network on libvirt hosts."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from virtwright.errors import HostError, UnsupportedError, Where
from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff, Impact, compare
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.facts import dotted
from virtwright.providers.libvirt.networks.check import check_network
from virtwright.providers.libvirt.networks.reading import ListedNetwork, read_foreign, read_network, read_outputs
from virtwright.providers.libvirt.networks.unsaid import is_known, unsaid
from virtwright.providers.libvirt.xml import attribute
from virtwright.providers.names import object_name
from virtwright.providers.refusal import given
from virtwright.schemas.network import Network, NetworkOutputs
from virtwright.schemas.values import Unknown

IMPACTS: Final = {
    "labels": Impact.LIVE,
    "dhcp": Impact.LIVE,
    "dns.records": Impact.LIVE,
    "docker": Impact.NONE,
}
"""What is not named here means that the network is started anew: its members stay joined, and are cut off for a moment."""
_VLANS: Final = 11_000_000
"""The version of libvirt that sets VLANs on bridges of the kernel."""
_RESTARTED: Final = frozenset({"cidr", "cidr6", "gateway", "bridge"})
"""Outputs that may be others after that."""


def _has_shared_name(inputs: Network) -> bool:
    """Whether a name has several addresses: libvirt can't give a running network another one."""
    dns = inputs.dns
    records = () if isinstance(dns, Unknown) or isinstance(dns.records, Unknown) else dns.records
    names = [each.name for each in records if not isinstance(each, Unknown)]
    return len({*names}) < len(names)


def _told(each: ListedNetwork) -> Found[Network, NetworkOutputs]:
    if not is_known(each.root):
        mode = attribute(each.root, "forward", "mode")
        raise HostError(
            f"the network {each.name} has the forward mode {mode}, which virtwright does not know",
            hint="machines can't be put on it by a stack",
        )
    inputs = read_foreign(each.root) if each.mark is None else read_network(each.root, each.mark)
    stamp = each.mark.stamp if each.mark is not None else None
    return Found(each.id, each.name, inputs, read_outputs(each.root), stamp, each.drift, unsaid(each.root))


class NetworkHandler:
    """Networks of a host. They are the same for QEMU, LXC and Xen."""

    linger: float = 1.0

    def __init__(self, connection: LibvirtConnection) -> None:
        self._host = connection

    def check(self, inputs: Network) -> Network:
        return check_network(inputs)

    def check_host(self, inputs: Network) -> None:
        """Bridges of the host's own take VLANs since libvirt 11; Open vSwitch always has, and is told of by an overlay."""
        if not given(inputs.vlan) or inputs.libvirt is not None:
            return
        version = self._host.call("ask for its version", lambda libvirt: libvirt.getLibVersion(), repeatable=True)
        if version < _VLANS:
            raise UnsupportedError(
                f"vlan: libvirt {dotted(version)} of this host can't set them on a bridge",
                where=Where(path="vlan"),
                hint="it needs 11.0, or, for a bridge of Open vSwitch:\n"
                "    libvirt: {xml: \"<network><virtualport type='openvswitch'/></network>\"}",
            )

    def diff(self, prior: Network, goal: Network) -> Diff:
        anew = _has_shared_name(prior) or _has_shared_name(goal)
        impacts = {**IMPACTS, "dns.records": Impact.REBOOT} if anew else IMPACTS
        found = compare(prior, goal, impacts, default=Impact.REBOOT)
        return replace(found, unsettles=_RESTARTED) if found.impact is Impact.REBOOT else found

    def create(self, stamp: Stamp, inputs: Network, context: Context) -> NetworkOutputs:
        from virtwright.providers.libvirt.networks.making import create

        name = object_name(stamp)
        work = partial(create, stamp=stamp, inputs=inputs, name=name, context=context)
        return self._host.call(f"create the network {name}", work, context)

    def update(self, id: str, stamp: Stamp, prior: Network, goal: Network, context: Context) -> NetworkOutputs:
        from virtwright.providers.libvirt.networks.changing import update

        anew = self.diff(prior, goal).impact >= Impact.REBOOT
        return self._host.call("change a network", partial(update, id=id, stamp=stamp, goal=goal, anew=anew), context)

    def delete(self, id: str, context: Context) -> None:
        from virtwright.providers.libvirt.networks.making import delete

        self._host.call("delete a network", partial(delete, id=id), context)

    def observe(self, stack: str) -> Iterator[Observed[Network, NetworkOutputs]]:
        for each in self._listed():
            if each.mark is not None and each.mark.stamp.stack == stack:
                inputs = read_network(each.root, each.mark)
                yield Observed(each.mark.stamp, each.id, inputs, read_outputs(each.root), each.drift)

    def find(self, names: Collection[str] | None) -> Iterator[Found[Network, NetworkOutputs]]:
        for each in self._listed():
            asked = names is not None and (each.id in names or each.name in names)
            if asked or (names is None and is_known(each.root)):
                yield _told(each)

    def _listed(self) -> list[ListedNetwork]:
        from virtwright.providers.libvirt.networks.making import listed

        return self._host.call("list its networks", listed, repeatable=True)
