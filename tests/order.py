"""In which order tests run: pure."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")


def dealt(items: Sequence[T], workers: int, slow: Callable[[T], bool], group: Callable[[T], Hashable]) -> list[T]:
    """Each worker begins with its share of the slow ones, groups of them together, and goes on with the others, which
    are stolen from test to test at the end: so nobody is left alone with what takes long.

    pytest-xdist (``--dist worksteal``) gives each worker one piece of the list, all of the same length."""
    groups: dict[Hashable, list[T]] = {}
    for item in filter(slow, items):
        groups.setdefault(group(item), []).append(item)
    shares: list[list[T]] = [[] for _ in range(workers)]
    for members in groups.values():
        min(shares, key=len).extend(members)
    others = [item for item in items if not slow(item)]
    order: list[T] = []
    for number, share in enumerate(shares):
        length = (len(items) - len(order)) // (workers - number)
        many = max(0, length - len(share))
        order += [*share, *others[:many]]
        del others[:many]
    return order + others
