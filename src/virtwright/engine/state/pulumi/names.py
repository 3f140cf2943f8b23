"""What the resources of a deployment are called now: without aliases, and default providers under the name that our
programs give them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from virtwright.engine.state.pulumi.document import Resource, damaged, parse_urn
from virtwright.engine.state.pulumi.writing import DEFAULT_HOST
from virtwright.schemas.urn import HOST_TYPE


@dataclass(frozen=True, slots=True)
class Names:
    """From names that a deployment uses to those that they stand for."""

    _known: Mapping[str, str]

    def current(self, urn: str) -> str:
        return self._known.get(urn, urn)

    @classmethod
    def of(cls, resources: Sequence[Resource]) -> "Names":
        """Raises ``StateError`` where two resources have the same alias."""
        known: dict[str, str] = {}
        for each in resources:
            for alias in each.aliases or ():
                if known.setdefault(alias, each.urn) != each.urn:
                    raise damaged(f"two resources have the alias {alias}", each.urn)
        return cls({**known, **_default_host(resources)})


def _default_host(resources: Sequence[Resource]) -> dict[str, str]:
    """Pulumi calls a default provider by its version, ``default_1_2_3``, of which there may be several."""
    hosts = {each.urn for each in resources if each.type == HOST_TYPE and _is_default(each.urn)}
    if len(hosts) != 1:
        return {}
    [urn] = hosts
    return {urn: f"{urn.rpartition('::')[0]}::{DEFAULT_HOST}"}


def _is_default(urn: str) -> bool:
    name = parse_urn(urn).name
    return name == DEFAULT_HOST or name.startswith(f"{DEFAULT_HOST}_")
