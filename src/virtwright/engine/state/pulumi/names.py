"""What the resources of a deployment are called now: without aliases, and default providers under the name that our
programs give them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from virtwright.engine.state.pulumi.document import Resource, damaged, parse_urn
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import DYNAMIC_HOST_TYPE, HOST_TYPE, Urn
from virtwright.stacks.python.monitor import default_host, dynamic

_DEFAULT: Final = "default"
DEFAULT_HOSTS: Final = {HOST_TYPE: default_host.DEFAULT, DYNAMIC_HOST_TYPE: dynamic.NAME}
"""By type: what our programs call a host that they don't name."""


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
        defaults = {
            name: own
            for type, own in DEFAULT_HOSTS.items()
            for name, own in _default_host(resources, type, own).items()
        }
        return cls({**known, **defaults})


def to_pulumi(urn: Urn) -> Urn:
    """What Pulumi calls a host: a default provider has the name that its programs give it."""
    return replace(urn, name=_DEFAULT) if is_default(urn) else urn


def is_default(urn: Urn) -> bool:
    """Whether a host of ours is one that no program names."""
    return DEFAULT_HOSTS.get(urn.own_type) == urn.name


def _default_host(resources: Sequence[Resource], type: str, own: str) -> dict[str, str]:
    """Pulumi calls a default provider by its version, ``default_1_2_3``, of which there may be several."""
    hosts = {each.urn for each in resources if each.type == type and _is_pulumis_default(each.urn)}
    if len(hosts) != 1:
        return {}
    [urn] = hosts
    return {urn: f"{urn.rpartition('::')[0]}::{own}"}


def _is_pulumis_default(urn: str) -> bool:
    name = parse_urn(urn).name
    return name == _DEFAULT or name.startswith(f"{_DEFAULT}_")
