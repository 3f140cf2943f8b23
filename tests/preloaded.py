"""What processes of tests need, imported once for all of them (``tests/forks.py``): the whole program, and what it imports where it needs it.
What classes make of themselves at their first use is made here, too.

A process that is forked from one that has less does the rest by itself, each time: a plan took four times the processor time.
"""

import gc
import importlib
import os
import pkgutil
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Final

import virtwright
from tests import quick_keys
from tests.complete_classes import complete
from virtwright.errors import HostError

_TESTS: Final = (
    "tests.contract.killing",
    "tests.contract.registry",
    "tests.crashes",
    "tests.e2e.typing_in_a_fork",
    "tests.integration.libvirt.two_hosts",
    "tests.integration.state.worker",
)
_LIBRARIES: Final = (
    "cryptography.hazmat.primitives.ciphers.aead",
    "encodings.ascii",
    "encodings.utf_8_sig",
    "pyroute2",
    "rich.live",
    "rich.spinner",
    "rich.table",
    "ruamel.yaml.util",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "typer._adapters",
    "typer._click.decorators",
)
_LEFT_OUT: Final = {
    f"virtwright.{name}" for name in ("codegen", "engine.state.migrations", "plugin", "sdk", "stacks.python")
}
"""What is a program of its own, or loads gRPC, which no process must have when it forks."""


def _load(package: ModuleType) -> None:
    for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if each.name in _LEFT_OUT or each.name.endswith(".__main__"):
            continue
        with suppress(HostError):  # after `make setup` alone there is no libvirt, and no test that asks for it
            module = importlib.import_module(each.name)
            if each.ispkg:
                _load(module)


_load(virtwright)
for _name in (*_LIBRARIES, *_TESTS):
    with suppress(HostError):
        importlib.import_module(_name)
complete()
if _keys := os.environ.get(quick_keys.FOLDER):
    quick_keys.remember(Path(_keys))
gc.collect()
gc.freeze()  # a collection in a fork would look at all of this, and unshare its pages
