"""Which faults a text is tried with, and that tests meet the mutant wherever they took the module's names from."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.mutation.mutants import mutants

TEXT = '''"""Documentation is no decision."""

from enum import IntEnum
from typing import TypeAlias, TypeVar

Key: TypeAlias = tuple[str, str]
KeyT = TypeVar("KeyT", bound=Key)
LIMIT: int = 3


class Impact(IntEnum):
    """What it costs."""

    NONE = 0
    ALL = 1


def cost(asked: int, *, free: bool = False) -> Impact:
    """What asking costs."""
    if asked is None or (asked > LIMIT and not free):
        raise ValueError("nobody may ask for that")
    if asked < 0:
        raise AssertionError("it is a number of things")
    return max(Impact.NONE, Impact.ALL if asked else Impact.NONE)
'''
FAULTS = [
    "<module>: 3 -> 4",
    "Impact: 0 -> 1",
    "Impact: 1 -> 2",
    "cost: False -> True",
    "cost: asked is None or (asked > LIMIT and (not free)) -> True",
    "cost: asked is None or (asked > LIMIT and (not free)) -> False",
    "cost: asked is None or (asked > LIMIT and (not free)) -> asked > LIMIT and (not free)",
    "cost: asked is None or (asked > LIMIT and (not free)) -> asked is None",
    "cost: asked > LIMIT -> asked >= LIMIT",
    "cost: asked > LIMIT and (not free) -> not free",
    "cost: asked > LIMIT and (not free) -> asked > LIMIT",
    "cost: asked < 0 -> True",
    "cost: asked < 0 -> False",
    "cost: asked < 0 -> asked <= 0",
    "cost: 0 -> 1",
    "cost: raise ValueError('nobody may ask for that') -> pass",
    "cost: max(Impact.NONE, Impact.ALL if asked else Impact.NONE) -> min(Impact.NONE, Impact.ALL if asked else Impact.NONE)",
    "cost: max(Impact.NONE, Impact.ALL if asked else Impact.NONE) -> Impact.ALL if asked else Impact.NONE",
    "cost: max(Impact.NONE, Impact.ALL if asked else Impact.NONE) -> Impact.NONE",
    "cost: Impact.NONE -> Impact.ALL",
    "cost: Impact.ALL -> Impact.NONE",
    "cost: Impact.ALL if asked else Impact.NONE -> Impact.ALL",
    "cost: Impact.ALL if asked else Impact.NONE -> Impact.NONE",
    "cost: Impact.NONE -> Impact.ALL #2",
]
ROOT = Path(__file__).parents[3]


def test_the_faults_of_a_text() -> None:
    made = mutants(TEXT.encode())
    assert sorted(mutant.name for mutant in made) == sorted(FAULTS)
    assert {mutant.name for mutant in made if mutant.at_import} == {*FAULTS[:4]}


def test_each_fault_is_one_change_of_the_text() -> None:
    for mutant in mutants(TEXT.encode()):
        compile(mutant.text, "mutant", "exec")
        before, after = TEXT.splitlines(), mutant.text.decode().splitlines()
        changed = [number for number, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new]
        assert changed == [mutant.line]


def test_the_faults_of_a_statement() -> None:
    made = mutants(b'_PRUNE = f"DELETE FROM run WHERE stack = :of AND NOT open AND id NOT IN ({_RECENT})"')
    assert {mutant.text.decode().partition("WHERE ")[2] for mutant in made} == {
        "NOT open AND id NOT IN ({_RECENT})')",
        "stack = :of AND id NOT IN ({_RECENT})')",
        "stack = :of AND NOT open AND id IN ({_RECENT})')",
    }


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("src/virtwright/engine/decide.py", "decide: max(situation.loss, diff.impact) -> diff.impact"),
        ("src/virtwright/engine/decide.py", "_missing: prior is None or prior.id is None -> prior is None"),
        ("src/virtwright/engine/state/writer.py", "WHERE stack = :of AND finished IS NOT NULL"),
        ("providers/docker/networks/mapping.py", "_options: 'routed' -> 'XXrouted'"),
        ("providers/docker/swarm/spec.py", "'rollback'"),
        ("providers/diff.py", "goal is UNKNOWN or not equal(prior, goal) -> goal is UNKNOWN"),
    ],
)
def test_a_fault_that_once_passed_all_tests_is_among_them(file: str, fault: str) -> None:
    assert [mutant for mutant in mutants((ROOT / file).read_bytes()) if fault in mutant.name] != []


def test_whoever_imported_a_name_of_the_module_has_the_mutant() -> None:
    """In a process of its own, as modules stay imported."""
    program = (
        "from pathlib import Path\n"
        "from tests.mutation.loading import install\n"
        "from virtwright.providers.docker.networks import __file__ as here\n"
        "file = Path(here).with_name('mapping.py')\n"
        "install('virtwright.providers.docker.networks.mapping', file, file.read_bytes().replace(b'\"bridge\"', b'\"XX\"'))\n"
        "from virtwright.providers.docker.networks.mapping import BRIDGE, create_body\n"
        "from virtwright.schemas.network import Network\n"
        "print(BRIDGE, create_body(Network(), 'n', {})['Driver'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "XX XX\n"
