"""The handler of networks: a bridge, its addresses, and its part of the packet filter."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff, Impact, compare
from virtwright.providers.namespace.network.checks import check_network
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.network import Network, NetworkOutputs

if TYPE_CHECKING:
    from virtwright.providers.namespace.network.lifecycle import NetworkLifecycle

IMPACTS: Final = {
    "labels": Impact.LIVE,
    "dns": Impact.LIVE,
    "dhcp": Impact.LIVE,
    "mtu": Impact.LIVE,
    "docker": Impact.NONE,
    "libvirt": Impact.NONE,
}
"""What is not named here means a new network. Addresses already given out stay when ``dhcp`` changes."""


class NetworkHandler:
    """Networks of one root. What touches the machine is loaded when it is first needed."""

    def __init__(self, root: Root) -> None:
        self._root = root

    @cached_property
    def _life(self) -> "NetworkLifecycle":
        from virtwright.providers.namespace.network.lifecycle import NetworkLifecycle

        return NetworkLifecycle(self._root)

    def check(self, inputs: Network) -> Network:
        check_network(inputs)
        return inputs

    def diff(self, prior: Network, goal: Network) -> Diff:
        return compare(prior, goal, IMPACTS, delete_before_create=True)

    def create(self, stamp: Stamp, inputs: Network, context: Context) -> NetworkOutputs:
        return self._life.create(stamp, inputs, context)

    def update(self, id: str, stamp: Stamp, prior: Network, goal: Network, context: Context) -> NetworkOutputs:
        return self._life.update(id, stamp, prior, goal, context)

    def delete(self, id: str, context: Context) -> None:
        self._life.delete(id, context)

    def observe(self, stack: str) -> Iterable[Observed[Network, NetworkOutputs]]:
        return self._life.observe(stack)
