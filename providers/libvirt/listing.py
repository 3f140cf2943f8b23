"""Objects of a host that is at work: what was listed may be gone when it is looked at."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from virtwright.providers.libvirt.connection.errors import or_none

T = TypeVar("T")


def described(objects: Iterable[T]) -> Iterator[tuple[T, str]]:
    """Machines, networks, pools or volumes, each with its XML, without those that are gone."""
    for each in objects:
        itself: Any = each
        xml = or_none(lambda itself=itself: itself.XMLDesc())  # type: ignore[misc]
        if xml is not None:
            yield each, str(xml)
