"""Which modules are tried with mutants: those that call themselves pure, and what decides beside them."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "virtwright"
NAMED: Final = (
    "virtwright.engine.copies",
    "virtwright.engine.ownership",
    "virtwright.engine.permits",
    "virtwright.engine.state.lease",
    "virtwright.engine.state.writer",
    "virtwright.providers.diff",
    "virtwright.schemas.references",
    "virtwright.stacks.compose.convert",
    "virtwright.stacks.yaml.expressions",
)
"""They decide, and do not call themselves pure; of a package, all modules in it."""


def listed() -> dict[str, Path]:
    """The modules by their names, each with its file."""
    known = modules()
    return {name: file for name, file in known.items() if {name, name.rpartition(".")[0]} & {*NAMED, *pure()}}


@cache
def pure() -> frozenset[str]:
    """Modules, and packages, whose docstring says so."""
    return frozenset(name for name, file in modules().items() if _says_pure(file))


@cache
def modules() -> dict[str, Path]:
    """All of virtwright, by name."""
    return {module_name(file, PACKAGE.parent): file for file in python_files(PACKAGE)}


def python_files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (Path(parent) / name for name in sorted(names) if name.endswith(".py"))


def module_name(file: Path, above: Path) -> str:
    parts = file.relative_to(above).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _says_pure(file: Path) -> bool:
    """By its text: this is asked of all modules."""
    first, _, rest = file.read_text(encoding="utf-8").partition('"""')
    docstring = rest.partition('"""')[0] if not first else ""
    return any(word.strip(".;:,") in ("Pure", "pure") for word in docstring.split())
