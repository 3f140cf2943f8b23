"""``--help`` is quick because nothing heavy is imported for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = frozenset(("pydantic", "pydantic_core", "rich", "sqlalchemy", "pyroute2", "ruamel", "cryptography"))
TYPERS_OWN = frozenset(("pydantic", "pydantic_core"))
"""What typer imports as soon as an argument has a value to convert."""
PROGRAM = """
import sys
from pathlib import Path
from virtwright.cli.main import run
code = run(sys.argv[1:])
print(*sorted(name for name in sys.modules if "." not in name), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], HEAVY),
        (["plan", "--help"], HEAVY - TYPERS_OWN),
        (["state", "--help"], HEAVY - TYPERS_OWN),
        (["state", "move", "--help"], HEAVY - TYPERS_OWN),
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str], heavy: frozenset[str]) -> None:
    words = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: virtwright")
    assert not set(done.stderr.split()) & heavy


def test_a_stack_in_yaml_needs_no_sdk_and_no_driver(tmp_path: Path) -> None:
    """What a Python stack, a Docker host or a server needs is loaded for these alone."""
    (tmp_path / "shop.yaml").write_text('stack: shop\nhosts: {here: {uri: "namespace:///"}}\nnetworks: {back: {}}\n')
    environment = {**os.environ, "VIRTWRIGHT_HOME": str(tmp_path)}
    words = [sys.executable, "-c", PROGRAM, "validate", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert not set(done.stderr.split()) & {
        "alembic",
        "docker",
        "grpc",
        "paramiko",
        "psycopg",
        "pulumi",
        "requests",
        "sqlalchemy",
        "tenacity",
    }
