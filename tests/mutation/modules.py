"""Which modules are tried with mutants: those that call themselves pure, and what decides beside them."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "virtwright"
_NAMED: Final = (
    "engine.permits",
    "engine.state.lease",
    "engine.state.writer",
    "providers.diff",
    "providers.references",
)
"""They decide, and call themselves something else."""


def listed() -> dict[str, Path]:
    """The modules by their names, each with its file."""
    chosen = {}
    for name, file in modules().items():
        if name.removeprefix("virtwright.") in _NAMED or is_pure(name):
            chosen[name] = file
    return chosen


def modules() -> dict[str, Path]:
    """All of virtwright, by name."""
    return {module_name(file, PACKAGE.parent): file for file in python_files(PACKAGE)}


def is_pure(name: str) -> bool:
    """Whether the docstring of a module, or of the package whose only matter it is, says so."""
    file = modules_cached()[name]
    return says_pure(file) or (file.name != "__init__.py" and says_pure(file.parent / "__init__.py"))


_cache: dict[str, Path] = {}


def modules_cached() -> dict[str, Path]:
    if not _cache:
        _cache.update(modules())
    return _cache


def says_pure(file: Path) -> bool:
    text = ast.get_docstring(ast.parse(file.read_bytes())) or ""
    return any(word.strip(".;:,") in ("Pure", "pure") for word in text.split())


def python_files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (Path(parent) / name for name in sorted(names) if name.endswith(".py"))


def module_name(file: Path, above: Path) -> str:
    parts = file.relative_to(above).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
