"""What killed operations left where no listing shows it."""

from virtwright.providers.namespace.containers import orphans
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Records


def tidy(root: Root, kind: str) -> None:
    """Remove what is left of the kind's objects that were being made or removed. Raises ``HostError``."""
    with root.lock():
        Records(root).sweep(kind)
        orphans.sweep(root)
