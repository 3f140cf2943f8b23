"""The dependency graph of a stack as text for Graphviz and Mermaid."""

from collections.abc import Iterator, Sequence
from typing import Final

from virtwright.cli.render.text import escape_line
from virtwright.engine.selection import address
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import Goal

_SHAPES: Final = {
    "Network": "ellipse",
    "Volume": "cylinder",
    "Image": "note",
    "VirtualMachine": "box3d",
    "Container": "box",
    "Service": "component",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One resource. ``host`` is the name of the host it lives on."""

    name: str
    kind: str
    host: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Resources, and which needs which, as (index of the one, index of what it needs, by reference)."""

    stack: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int, bool], ...]


def build_graph(stack: str, goals: Sequence[Goal]) -> Graph:
    """The graph of all resources; hosts are the boxes around them."""
    resources = [goal for goal in goals if not goal.urn.is_host]
    index = {goal.urn: number for number, goal in enumerate(resources)}
    nodes = tuple(Node(address(goal.urn), goal.kind, goal.host.name if goal.host else "") for goal in resources)
    edges = tuple(edge for goal in resources for edge in _edges(goal, index))
    return Graph(stack, nodes, edges)


def _edges(goal: Goal, index: dict[Urn, int]) -> Iterator[tuple[int, int, bool]]:
    for needed in sorted(goal.dependencies | goal.references):
        if needed in index:
            yield index[goal.urn], index[needed], needed in goal.references


def to_dot(graph: Graph) -> str:
    """For Graphviz. An arrow leads from a resource to what it needs; dashed where only ``depends_on`` says so."""
    lines = [f"digraph {_quote(graph.stack)} {{", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for number, (host, members) in enumerate(_by_host(graph)):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_quote(host)};"]
        for index, node in members:
            shape = _SHAPES.get(node.kind, "box")
            lines.append(f"    n{index} [label={_quote(node.name)}, shape={shape}];")
        lines.append("  }")
    for source, target, referenced in graph.edges:
        lines.append(f"  n{source} -> n{target}{'' if referenced else ' [style=dashed]'};")
    return "\n".join([*lines, "}"]) + "\n"


def to_mermaid(graph: Graph) -> str:
    """For Mermaid, as in a Markdown file."""
    lines = ["flowchart LR"]
    for number, (host, members) in enumerate(_by_host(graph)):
        lines.append(f'  subgraph h{number}["{_entity(host)}"]')
        lines += [f'    n{index}["{_entity(node.name)}"]' for index, node in members]
        lines.append("  end")
    for source, target, referenced in graph.edges:
        lines.append(f"  n{source} {'-->' if referenced else '-.->'} n{target}")
    return "\n".join(lines) + "\n"


def _by_host(graph: Graph) -> Iterator[tuple[str, list[tuple[int, Node]]]]:
    hosts: dict[str, list[tuple[int, Node]]] = {}
    for index, node in enumerate(graph.nodes):
        hosts.setdefault(node.host, []).append((index, node))
    yield from hosts.items()


def _quote(text: str) -> str:
    """A quoted DOT string; a backslash must not begin an escape of DOT's own."""
    return '"' + escape_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _entity(text: str) -> str:
    return "".join(char if char.isalnum() or char in " .-_/:" else f"#{ord(char)};" for char in escape_line(text))
