"""Who imports whom, by the text of the modules of virtwright and of the tests."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.mutation.modules import PACKAGE, ROOT, module_name, python_files

_TESTS: Final = (ROOT / "tests/unit", ROOT / "tests/property")


@dataclass(frozen=True)
class Module:
    name: str
    file: Path
    at_import: frozenset[str]
    """Names that are imported when this module is."""
    later: frozenset[str]
    """And those that its functions import."""


class Imports:
    """The graph. A name that is imported may be a module's or something in it: both count."""

    def __init__(self) -> None:
        self._read: dict[str, Module] = {}

    @cached_property
    def files(self) -> dict[str, Path]:
        """Of all modules, by name."""
        virtwright = ((file, PACKAGE.parent) for file in python_files(PACKAGE))
        tests = ((file, ROOT) for file in python_files(ROOT / "tests"))
        return {module_name(file, above): file for file, above in (*virtwright, *tests)}

    def module(self, name: str) -> Module:
        if name not in self._read:
            self._read[name] = _read(name, self.files[name])
        return self._read[name]

    def own(self, names: Iterable[str]) -> Iterator[str]:
        """Those of virtwright and the tests, with the packages around them, which are imported before."""
        for name in names:
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                if (known := ".".join(parts[:length])) in self.files:
                    yield known

    def foreign(self, module: str) -> frozenset[str]:
        """Modules of libraries, or what is in them."""
        known = self.module(module)
        return frozenset(name for name in known.at_import if name.split(".")[0] not in ("virtwright", "tests"))

    def dependants(self, target: str) -> frozenset[str]:
        """Modules that can't be imported without ``target``."""
        importers: dict[str, set[str]] = {}
        for name in self.files:
            for imported in self.own(self.module(name).at_import):
                importers.setdefault(imported, set()).add(name)
        return _closure([target], lambda name: importers.get(name, ())) - {target}

    def reached(self, start: str) -> frozenset[str]:
        """All that ``start`` may import, in functions too."""
        return _closure([start, *self._conftests(start)], self._imported.__getitem__)

    @cached_property
    def _imported(self) -> dict[str, frozenset[str]]:
        modules = map(self.module, self.files)
        return {each.name: frozenset(self.own(each.at_import | each.later)) for each in modules}

    @cached_property
    def tests(self) -> dict[str, Path]:
        """The files of tests that mutants are tried with."""
        return {
            name: file
            for name, file in self.files.items()
            if file.name.startswith("test_") and any(file.is_relative_to(folder) for folder in _TESTS)
        }

    def direct(self, target: str) -> list[Path]:
        """Files of tests that import the module themselves."""
        return [file for name, file in self.tests.items() if target in {*self.named(name)}]

    def reaching(self, target: str) -> list[Path]:
        """All files of tests that may come to the module."""
        return [self.tests[name] for name, reached in self._reached.items() if target in reached]

    @cached_property
    def _reached(self) -> dict[str, frozenset[str]]:
        return {name: self.reached(name) for name in self.tests}

    def before(self, target: str, files: Iterable[Path]) -> list[str]:
        """Modules that these files of tests come to, as far as they can be imported without ``target``; libraries too."""
        wanted = {*files}
        reached = {name for test, file in self.tests.items() if file in wanted for name in self._reached[test]}
        apart = self.dependants(target) | {target, *self.tests}
        return sorted(reached - apart) + sorted({name for each in reached & apart for name in self.foreign(each)})

    def named(self, name: str) -> Iterator[str]:
        """The modules that a module imports itself: not the packages around them, but the package of a name that is in it."""
        module = self.module(name)
        for imported in module.at_import | module.later:
            if imported in self.files:
                yield imported
            elif (package := imported.rpartition(".")[0]) in self.files:
                yield package

    def _conftests(self, test: str) -> Iterator[str]:
        """Those of its folders; the topmost imports what single fixtures of it need."""
        parts = test.split(".")
        for length in range(2, len(parts)):
            if (name := ".".join((*parts[:length], "conftest"))) in self.files:
                yield name


def _closure(start: Iterable[str], following: Callable[[str], Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [*start]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += following(name)
    return frozenset(found)


def _read(name: str, file: Path) -> Module:
    at_import, later = set[str](), set[str]()
    _collect(ast.parse(file.read_bytes()).body, at_import, later)
    return Module(name, file, frozenset(at_import), frozenset(later))


def _collect(body: Iterable[ast.AST], names: set[str], later: set[str]) -> None:
    for node in body:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            _collect(node.orelse, names, later)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            _collect(ast.iter_child_nodes(node), later, later)
        else:
            _collect(ast.iter_child_nodes(node), names, later)
