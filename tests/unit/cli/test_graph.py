"""The dependency graph as DOT and Mermaid."""

import shutil
import subprocess

import pytest
from tests.unit.cli.examples import urn

from virtwright.cli.graphviz import to_svg
from virtwright.cli.render.graph import Graph, build_graph, to_dot, to_mermaid
from virtwright.errors import VirtwrightError
from virtwright.stacks.base import HOST_KIND, Goal


def example() -> Graph:
    host = urn("Host", "here")
    back, data = urn("Network", "back"), urn("Volume", 'da"ta\\N')
    db = urn("VirtualMachine", "db")
    goals = [
        Goal(host, HOST_KIND, {}),
        Goal(back, "Network", {}, host),
        Goal(data, "Volume", {}, host),
        Goal(db, "VirtualMachine", {}, host, dependencies=frozenset({back, data}), references=frozenset({back})),
    ]
    return build_graph("shop", goals)


def test_dot() -> None:
    assert to_dot(example()) == (
        'digraph "shop" {\n'
        "  rankdir=LR;\n"
        '  node [fontname="sans-serif"];\n'
        "  subgraph cluster_0 {\n"
        '    label="here";\n'
        '    n0 [label="networks.back", shape=ellipse];\n'
        '    n1 [label="volumes.da\\"ta\\\\N", shape=cylinder];\n'
        '    n2 [label="vms.db", shape=box3d];\n'
        "  }\n"
        "  n2 -> n0;\n"
        "  n2 -> n1 [style=dashed];\n"
        "}\n"
    )


def test_mermaid() -> None:
    assert to_mermaid(example()) == (
        "flowchart LR\n"
        '  subgraph h0["here"]\n'
        '    n0["networks.back"]\n'
        '    n1["volumes.da#34;ta#92;N"]\n'
        '    n2["vms.db"]\n'
        "  end\n"
        "  n2 --> n0\n"
        "  n2 -.-> n1\n"
    )


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it() -> None:
    assert "<svg" in to_svg(to_dot(example()))


def test_without_graphviz_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(VirtwrightError) as caught:
        to_svg("digraph {}")
    assert "apt install graphviz" in (caught.value.hint or "")


def test_a_graph_that_graphviz_refuses_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="syntax error")

    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/dot")
    monkeypatch.setattr("subprocess.run", fail)
    with pytest.raises(VirtwrightError, match="syntax error"):
        to_svg("digraph {")
