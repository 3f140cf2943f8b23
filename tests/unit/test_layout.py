"""The tree itself: links, importable modules, file sizes, and that what is committed fits together."""

import graphlib
import importlib
import os
import re
import statistics
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import grimp
import pytest

from virtwright.errors import HostError
from virtwright.providers.schemes import OWN

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "virtwright"
LINKS = ("stacks", "providers", "schemas")
MOST_LINES = 600
MEDIAN_LINES = 200


def python_files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (Path(parent) / name for name in names if name.endswith(".py"))


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = sorted(module_name(file) for file in python_files(PACKAGE))
OWN_FILES = sorted(
    file
    for folder in (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    for file in python_files(folder)
)


@pytest.mark.parametrize("name", LINKS)
def test_a_code_folder_is_linked_into_the_package(name: str) -> None:
    link = PACKAGE / name
    if link.is_file():
        pytest.fail(
            f"{link} is a text file that names a folder: this checkout has no symbolic links.\n"
            "Clone with git, on a file system that has them:\n"
            "    git config core.symlinks true && git checkout -- src/virtwright"
        )
    assert link.is_symlink()
    assert link.resolve() == ROOT / name
    assert not link.readlink().is_absolute(), "an absolute link breaks in every other clone"


def test_every_folder_of_code_is_a_package() -> None:
    folders = {file.parent for file in python_files(PACKAGE)}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


NOT_TO_IMPORT = (".__main__", ".migrations.env")
"""What is run and never imported; the latter by Alembic alone."""


def test_each_module_can_be_imported() -> None:
    for module in MODULES:
        if not module.endswith(NOT_TO_IMPORT):
            try:
                assert importlib.import_module(module).__name__ == module
            except HostError as error:
                assert isinstance(error.__cause__, ImportError), (
                    "a library that is not installed, as after `make setup` alone"
                )


def test_no_files_import_each_other_in_a_circle() -> None:
    """Also where an import waits in a function, or is for the type checker alone. import-linter forbids it for folders, with exceptions."""
    graph = grimp.build_graph("virtwright", cache_dir=str(ROOT / ".import_linter_cache"))
    imports = {
        module: {
            each for each in graph.find_modules_directly_imported_by(module) if not module.startswith(f"{each}.")
        }  # a package is what its modules make it: generated ones name each other by it
        for module in graph.modules
    }
    graphlib.TopologicalSorter(imports).prepare()


def test_every_provider_that_is_announced_is_there() -> None:
    announced = entry_points(group="virtwright.providers")
    assert {entry.name: entry.value for entry in announced if entry.dist and entry.dist.name == "virtwright"} == OWN
    for entry in announced:
        assert entry.load().schemes


def test_each_file_can_be_read_in_one_sitting_and_most_are_short() -> None:
    sizes = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in OWN_FILES}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}
    assert statistics.median(sizes.values()) < MEDIAN_LINES


def test_every_dependency_is_pinned() -> None:
    """What is in pyproject.toml but not in the locks would not be installed, or in whatever version is newest that day."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"]]
    for group in project["dependency-groups"].values():
        wanted += [entry for entry in group if isinstance(entry, str)]
    wanted += project["build-system"]["requires"]
    pinned = {_canonical(name) for name, _ in _locked()}
    missing = sorted({_canonical(requirement) for requirement in wanted} - pinned)
    assert missing == [], "run `make lock` and commit locks/"


def test_every_locked_package_has_its_version_and_hashes() -> None:
    assert [name for name, rest in _locked() if "==" not in name or "--hash=sha256:" not in rest] == []


def _locked() -> list[tuple[str, str]]:
    """Of each package in the locks: its name and version, and what follows."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "locks").glob("*.txt"))
    lines = [line for line in text.replace("\\\n", " ").split("\n") if line and not line.startswith("#")]
    return [(line.split()[0], line) for line in lines]


def _canonical(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]*", requirement)
    return re.sub(r"[-_.]+", "-", name[0] if name else "").lower()
