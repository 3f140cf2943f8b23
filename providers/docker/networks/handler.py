"""The handler of the kind Network on Docker hosts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff, Impact, compare
from virtwright.providers.docker.client.connection import LINGER, DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.containers.listing import staying
from virtwright.providers.docker.labels import of_stack, stamp_of, stamped_labels, told_time
from virtwright.providers.docker.names import object_name
from virtwright.providers.docker.networks.foreign import is_hosts_own, tell
from virtwright.providers.docker.networks.mapping import (
    BRIDGE,
    check_network,
    configs,
    create_body,
    declared,
    driver_drift,
    read_network,
    read_outputs,
)
from virtwright.providers.docker.owners import forget, holder_of, note, owners, with_owner
from virtwright.providers.docker.podman import of_network, refuse_on_podman
from virtwright.providers.taken import Holder, name_beside
from virtwright.schemas.model import to_properties
from virtwright.schemas.network import Network, NetworkOutputs

STEP: Final = "docker.network"
"""The failpoint after each call that changes a network."""
_ALLOCATION: Final = 60.0
"""Seconds in which a swarm gives a network its addresses."""
IMPACTS: Final = {"libvirt": Impact.NONE}
"""Docker can change nothing of a network: what is not named here means a new one."""


class NetworkHandler:
    """Networks of an engine or a swarm."""

    linger: float = LINGER

    def __init__(self, connection: DockerConnection, driver: str = BRIDGE) -> None:
        """``driver`` is what a network gets that names none."""
        self._docker = connection
        self._driver = driver

    def check(self, inputs: Network) -> Network:
        return check_network(inputs, usual=self._driver)

    def check_host(self, inputs: Network) -> None:
        refuse_on_podman(self._docker, inputs, of_network)

    def diff(self, prior: Network, goal: Network) -> Diff:
        return compare(prior, goal, IMPACTS, delete_before_create=True)

    def lasting(self, inputs: Network) -> Mapping[str, Any]:
        return to_properties(inputs.model_copy(update={"libvirt": None}))

    def prepare(self, inputs: Network, context: Context) -> None:
        """Raises ``HostError`` where a stranger would keep the network from going when the stack's own containers had gone for
        its sake. Who uses a swarm's networks no node can tell."""
        if self._driver == BRIDGE and context.known is not None:
            id = context.known.id
            if others := staying(self._docker, context, all=False, network=id):
                raise _in_use(id, others)

    def create(self, stamp: Stamp, inputs: Network, context: Context) -> NetworkOutputs:
        name = object_name(stamp)
        try:
            id = self._make(stamp, inputs, name, context)
        except ConflictError:
            id = self._make(stamp, inputs, name_beside(name, stamp, self._holder(name), context), context)
        reach(STEP)
        try:
            found = context.wait("the network's addresses", lambda: self._with_addresses(id), timeout=_ALLOCATION)
        except HostError:
            self.delete(id, Context())
            raise
        return read_outputs(found)

    def update(self, id: str, stamp: Stamp, prior: Network, goal: Network, context: Context) -> NetworkOutputs:
        return read_outputs(self._inspect(id))

    def delete(self, id: str, context: Context) -> None:
        try:
            self._docker.call(f"delete the network {id[:12]}", lambda client: client.remove_network(id), context)
        except GoneError:
            return
        except HostError as error:
            if "active endpoints" not in error.message:
                raise
            members = sorted(member["Name"] for member in (self._inspect(id).get("Containers") or {}).values())
            raise _in_use(id, members) from error
        reach(STEP)
        forget(self._docker, id, context)

    def observe(self, stack: str) -> Iterator[Observed[Network, NetworkOutputs]]:
        found = self._docker.call("list its networks", lambda client: client.networks(filters=of_stack(stack)))
        noted = owners(self._docker)
        for each in found:
            stamp = stamp_of(each.get("Labels"), each["Name"])
            if stamp is not None:
                drift = tuple(driver_drift(each, self._driver))
                yield Observed(
                    with_owner(stamp, each["Id"], noted),
                    each["Id"],
                    read_network(each),
                    read_outputs(each),
                    drift,
                    made=told_time(each.get("Created")),
                )

    def find(self, names: Collection[str] | None) -> Iterator[Found[Network, NetworkOutputs]]:
        found = self._docker.call("list its networks", lambda client: client.networks())
        for each in found:
            asked = each["Id"] in names or each["Name"] in names if names is not None else not is_hosts_own(each)
            if asked:
                stamp = stamp_of(each.get("Labels"), each["Name"])
                inputs, unsaid = tell(each, self._driver)
                yield Found(each["Id"], each["Name"], inputs, read_outputs(each), stamp, unsaid=unsaid)

    def _make(self, stamp: Stamp, inputs: Network, name: str, context: Context) -> str:
        labels = stamped_labels(stamp, name, inputs.labels, declared(inputs))
        body = create_body(inputs, name, labels, driver=self._driver)
        made = self._docker.post(f"create the network {name}", "/networks/create", body, context)
        return str(made["Id"])

    def _holder(self, name: str) -> Holder | None:
        try:
            found = self._inspect(name)
        except GoneError:
            return None
        stamp, made = stamp_of(found.get("Labels"), name), told_time(found.get("Created"))
        return holder_of(self._docker, stamp, str(found["Id"]), made)

    def _with_addresses(self, id: str) -> tuple[dict[str, Any] | None, str]:
        """A swarm gives a network its addresses a moment after it was made."""
        found = self._inspect(id)
        return (found if found.get("Scope") != "swarm" or configs(found) else None), "none yet"

    def _inspect(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._docker.call("look at a network", lambda client: client.inspect_network(id))
        return found


class EngineNetworkHandler(NetworkHandler):
    """Networks of one engine alone. A note lies on one engine, and the nodes of a swarm would not all see it."""

    def note_owner(self, id: str, identity: str, context: Context) -> None:
        note(self._docker, id, identity, context)


def _in_use(id: str, members: Sequence[str]) -> HostError:
    return HostError(
        f"the network {id[:12]} is in use by {', '.join(members) or 'containers'}",
        hint="remove them, or let them leave it, first",
    )
