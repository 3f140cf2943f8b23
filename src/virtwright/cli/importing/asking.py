"""What is on a host, whoever made it."""

import difflib
from dataclasses import field
from typing import Any, Final

from virtwright.engine.selection import address
from virtwright.errors import HostError, RefusedError, UnsupportedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Found, Provider
from virtwright.providers.contract import handlers_of
from virtwright.providers.hooks import Imports, offers
from virtwright.schemas.urn import Urn


@dataclass
class Host:
    """One host, asked once for each kind."""

    uri: str
    provider: Provider
    _all: dict[str, list[Found[Any, Any]]] = field(default_factory=dict)

    def all(self, kind: str) -> list[Found[Any, Any]]:
        """Everything of a kind but what is the host's own. Raises ``UnsupportedError``."""
        if kind not in self._all:
            self._all[kind] = sorted(self._handler(kind).find(None), key=lambda each: each.name)
        return self._all[kind]

    def one(self, kind: str, id: str) -> Found[Any, Any]:
        """By id or name. Raises ``HostError`` where it is not there, ``RefusedError`` where it is some stack's already."""
        found = list(self._handler(kind).find((id,)))
        if not found:
            names = [each.name for each in self.all(kind)]
            near = difflib.get_close_matches(id, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none'}"
            raise HostError(f"there is no {kind} {id!r} on {self.uri}", hint=hint)
        if (stamp := found[0].stamp) is not None:
            raise RefusedError(
                f"{found[0].name} belongs to a stack already: it is {address(Urn.parse(stamp.urn))} of {stamp.stack}",
                hint="delete it there, or go on with that stack's own file",
            )
        return found[0]

    def offers(self, kind: str) -> bool:
        """Whether it has objects of a kind that can be taken over."""
        return offers(handlers_of(self.provider).get(kind), Imports)

    def _handler(self, kind: str) -> Imports:
        handler = handlers_of(self.provider).get(kind)
        if not offers(handler, Imports):
            raise UnsupportedError(
                f"{self.uri} can't take over a {kind}", hint="Docker and libvirt hosts and Swarms can"
            )
        return handler


VOLUMES: Final = ("volumes", "disks")
"""Fields with items that name a volume."""


def needs(found: Found[Any, Any]) -> list[tuple[str, str]]:
    """Kinds and names, on the host, of what a container, service or machine can't be told without."""
    networks = [("Network", each.network) for each in getattr(found.inputs, "networks", ())]
    mounts = [each for field in VOLUMES for each in getattr(found.inputs, field, ())]
    return [*networks, *(("Volume", each.volume) for each in mounts if each.volume is not None)]
