"""Golden files: what the code makes of an input, in a file beside it that a person has read.

A case is one file with an input, written by hand; the file of the same name with another suffix holds what it comes to. Tests
compare, and ``make golden`` writes the latter anew. CONTRIBUTING.md says how such a change is reviewed.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

WRITE: Final = "VIRTWRIGHT_GOLDEN"
"""A variable of the environment: ``write`` writes the files instead of comparing."""


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one folder."""

    folder: Path
    given: str = ".yaml"
    """The suffix of the inputs."""
    made: tuple[str, ...] = (".json",)
    """The suffixes of what they come to. None may end with ``given``."""

    def names(self) -> list[str]:
        """For ``parametrize``."""
        return sorted(path.name.removesuffix(self.given) for path in self.folder.glob(f"*{self.given}"))

    def read(self, name: str) -> Any:
        """The input, written in YAML as in a stack."""
        return YAML(typ="safe").load(self.folder / f"{name}{self.given}")

    def check(self, name: str, text: str, suffix: str | None = None) -> None:
        """Compare ``text`` with the file of the case; ``suffix`` says which, where there are several."""
        check(self.folder / f"{name}{suffix or self.made[0]}", text)

    def strays(self) -> list[str]:
        """Files that belong to no case any more. A test of each folder sees that there are none."""
        wanted = {f"{name}{suffix}" for name in self.names() for suffix in (self.given, *self.made)}
        return sorted(path.name for path in self.folder.iterdir() if path.name not in wanted)


def check(path: Path, text: str) -> None:
    """Compare ``text`` with a golden file."""
    if os.environ.get(WRITE) == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.is_file(), f"there is no golden file {path}: write it with `make golden`, and read it"
    golden = path.read_text(encoding="utf-8")
    assert text == golden, (
        f"{path} holds something else: `make golden` writes it anew, and `git diff` shows what changed"
    )


def as_json(value: Any) -> str:
    """In the form of golden files: keys in order, so that the order in which the code writes them says nothing."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
