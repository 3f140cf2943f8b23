"""Cycles among resources."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

NodeT = TypeVar("NodeT")


def find_cycle(edges: Mapping[NodeT, Mapping[NodeT, object]]) -> list[NodeT] | None:
    """The nodes of one cycle in order, the first one repeated at the end; None where there is no cycle.

    ``edges`` maps each node to what it needs. Works without recursion, so that a long chain is no problem.
    """
    finished: set[NodeT] = set()
    for start in edges:
        if start in finished:
            continue
        way: dict[NodeT, Iterator[NodeT]] = {start: iter(edges[start])}
        while way:
            node, following = next(reversed(way.items()))
            target = next((target for target in following if target not in finished), None)
            if target is None:
                finished.add(node)
                del way[node]
            elif target in way:
                nodes = list(way)
                return [*nodes[nodes.index(target) :], target]
            else:
                way[target] = iter(edges.get(target, {}))
    return None
