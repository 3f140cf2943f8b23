"""Imports a module from another text than its file's."""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType


def install(name: str, file: Path, text: bytes) -> None:
    """From now on ``name`` is what ``text`` says. It must not have been imported yet."""
    assert name not in sys.modules
    sys.meta_path.insert(0, _Finder(name, file, text))


class _Finder:
    def __init__(self, name: str, file: Path, text: bytes) -> None:
        self._name, self._file, self._text = name, file, text

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        loader = _Loader(name, str(self._file), self._text)
        inside = [str(self._file.parent)] if self._file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            name, self._file, loader=loader, submodule_search_locations=inside
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, text: bytes) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec", dont_inherit=True)
