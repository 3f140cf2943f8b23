"""The test of each resource option fails where the option is taken away: it is run again with an SDK that forgets the option."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.stacks.test_python_coverage import OPTIONS

ROOT = Path(__file__).parents[3]
REFUSED = {"env_var_mappings", "state_migrations"}
FORGETS = """
import importlib.machinery, os, sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name != "pulumi.resource":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (load(module), forget(module.ResourceOptions))
        return spec


def forget(options):
    make = options.__init__

    def made(self, *arguments, **named):
        named.pop(os.environ["FORGOTTEN"], None)
        make(self, *arguments, **named)

    options.__init__ = made


sys.meta_path.insert(0, Finder())
"""
"""Loaded by each Python process that has it on its path: that of the tests, and that of each program."""


@pytest.mark.long
@pytest.mark.parametrize("option", sorted(set(OPTIONS) - REFUSED))
def test_it_fails_without_its_option(tmp_path: Path, option: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(FORGETS)
    file, _, name = OPTIONS[option].partition(".")
    words = [f"tests/integration/python_stack/{file}.py", "-q", "-k", name, "--timeout", "240"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "FORGOTTEN": option}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "failed" in done.stdout.splitlines()[-1] and "error" not in done.stdout.splitlines()[-1]
