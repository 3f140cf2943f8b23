"""A network as its members and the firewall need to know it."""

from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.records import Record
from virtwright.schemas.network import Network

Mode = Literal["nat", "isolated", "routed", "bridge"]


@dataclass(frozen=True, slots=True)
class Wiring:
    """One network with everything chosen."""

    id: str
    name: str
    mode: Mode
    bridge: str
    cidr: str | None
    cidr6: str | None
    gateway: str | None
    """The host's address on the bridge; in mode ``bridge`` the router's, if the stack names one."""
    gateway6: str | None
    inputs: Network

    @classmethod
    def of(cls, record: Record) -> "Wiring":
        inputs = Network.model_validate(record.inputs)
        chosen = record.allocated
        return cls(
            record.id,
            record.name,
            inputs.mode,
            chosen["bridge"],
            chosen["cidr"],
            chosen["cidr6"],
            chosen["gateway"],
            chosen["gateway6"],
            inputs,
        )

    @property
    def net4(self) -> IPv4Network | None:
        return IPv4Network(self.cidr) if self.cidr else None

    @property
    def net6(self) -> IPv6Network | None:
        return IPv6Network(self.cidr6) if self.cidr6 else None

    @property
    def own_bridge(self) -> bool:
        """Whether the bridge is the runtime's own, to be made and deleted by it."""
        return self.mode != "bridge"

    @property
    def leads_out(self) -> bool:
        """Whether its members reach what is outside."""
        return self.mode != "isolated"

    @property
    def cidrs(self) -> tuple[str, ...]:
        return tuple(cidr for cidr in (self.cidr, self.cidr6) if cidr)
