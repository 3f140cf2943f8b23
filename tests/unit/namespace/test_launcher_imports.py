"""Each apply starts a launcher, and each shim is a fork of it: what it imports costs time and memory."""

import subprocess
import sys
from typing import Final

import virtwright

HEAVY: Final = frozenset(("datetime", "hashlib", "lzma", "pydantic", "random", "secrets", "shutil", "subprocess", "tempfile"))  # fmt: skip
PROGRAM: Final = """
import sys, types
package = types.ModuleType("virtwright")
package.__path__ = [sys.argv[1]]
sys.modules["virtwright"] = package
import virtwright.providers.namespace.shim.launcher
print(*sys.modules)
"""


def test_it_imports_nothing_heavy() -> None:
    words = [sys.executable, "-I", "-S", "-c", PROGRAM, virtwright.__path__[0]]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert not HEAVY & {*done.stdout.split()}
