"""Hosts that stay connected from one run to the next: a plan is shown, and its apply goes on over the same connection."""

import json
from collections.abc import Callable
from dataclasses import field

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Provider
from virtwright.schemas.host import Host
from virtwright.schemas.model import to_properties


@dataclass(slots=True)
class KeptHosts:
    """Opens each host once; ``close`` closes them all."""

    opener: Callable[[str, Host], Provider]
    _open: dict[tuple[str, str], Provider] = field(default_factory=dict)

    def open(self, name: str, host: Host) -> Provider:
        """The same provider for the same name and settings. Raises ``InputError``."""
        key = (name, json.dumps(to_properties(host), sort_keys=True))
        if key not in self._open:
            self._open[key] = self.opener(name, host)
        return self._open[key]

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()
