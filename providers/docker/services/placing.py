"""Which copy of a service runs on which host. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count

from virtwright.errors import InputError, Where


def place(numbers: Sequence[int], there: Mapping[int, str], hosts: Sequence[str], most: int | None) -> dict[int, str]:
    """The host of each copy. A copy stays where it is (``there``) while that host is still one of ``hosts`` and holds no
    more than ``most``; the others go to whichever host has the fewest, in the order of ``hosts``.

    Raises ``InputError`` where they don't fit.
    """
    if most is not None and len(numbers) > most * len(hosts):
        raise InputError.one(
            f"{len(numbers)} copies don't fit on {len(hosts)} hosts with at most {most} on each",
            where=Where(path="placement.max_per_host"),
        )
    load: Counter[str] = Counter()
    placed: dict[int, str] = {}
    for number in sorted(set(numbers) & there.keys()):
        host = there[number]
        if host in hosts and (most is None or load[host] < most):
            placed[number] = host
            load[host] += 1
    for number in sorted(set(numbers) - placed.keys()):
        host = min(hosts, key=lambda each: (load[each], hosts.index(each)))
        placed[number] = host
        load[host] += 1
    return placed


def place_everywhere(there: Mapping[int, str], hosts: Sequence[str]) -> dict[int, str]:
    """One copy on each host; those that are there keep their numbers, as far as one number is enough for a host."""
    placed: dict[int, str] = {}
    for number, host in sorted(there.items()):
        if host in hosts and host not in placed.values():
            placed[number] = host
    free = (number for number in count(1) if number not in placed)
    for host in hosts:
        if host not in placed.values():
            placed[next(free)] = host
    return placed
