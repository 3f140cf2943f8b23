"""Which hosts a run may ask: all for one's own stack, known ones for a stranger's."""

import json
from collections.abc import Callable, Iterable
from typing import Final

from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.host import Host
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import Path, Properties, has_secret, has_unknown
from virtwright.stacks.base import HOST_KIND
from virtwright.stacks.yaml.files import file_fields
from virtwright.trust import TRUSTED, Trust

FORMER: Final = "former"
"""The output of a host's record that keeps the inputs it had before its URI changed, until nothing is left there."""
_WAY: Final = ("uri", "ssh", "tls")
"""The fields that say where a host is and how it is reached."""


def _nowhere(path: Path) -> Where:
    return Where()


@dataclass(frozen=True, slots=True)
class Admission:
    """The hosts of one run."""

    trust: Trust = TRUSTED
    applied: frozenset[str] = frozenset()
    """The ways to the hosts of the last applied state."""
    asked: bool = True
    """False where no host is asked anything, so that none need be known."""

    @classmethod
    def of(cls, trust: Trust, records: Iterable[ResourceRecord], *, asked: bool) -> "Admission":
        """``records`` are those of the last applied state."""
        if not trust.limited:
            return cls()
        hosts = [record for record in records if record.kind == HOST_KIND]
        told = [inputs for host in hosts for inputs in (host.inputs, *host.outputs.get(FORMER, []))]
        return cls(trust, frozenset(_way(inputs) for inputs in told), asked)

    def check(self, inputs: Properties, locate: Callable[[Path], Where] = _nowhere, *, known: bool = True) -> None:
        """Raises ``RefusedError`` where this host may not be asked. Looks nothing up and opens nothing. ``known`` says that the
        state has it."""
        if not self.trust.limited:
            return
        where = locate(("uri",))
        if "interpreter" in inputs:
            self.trust.refuse("code that the program brought along is run (pulumi.dynamic)", where)
        if not self.asked:
            return
        way = {name: inputs.get(name) for name in _WAY}
        if has_secret(way) or (has_unknown(way) and known):
            self.trust.refuse("a host that is reached by a secret, or by what is not known, is asked", where)
        if has_unknown(way):
            return
        plain = _way(to_properties(Host(uri=inputs["uri"])))
        self.trust.check_host(
            inputs["uri"], applied=_way(inputs) in self.applied, plain=_way(inputs) == plain, where=where
        )
        for field in file_fields(Host):
            for path, file in field.leaves(inputs):
                self.trust.check_host_file(file, locate(path))


def _way(inputs: Properties) -> str:
    return json.dumps([inputs.get(name) for name in _WAY], sort_keys=True, default=repr)
