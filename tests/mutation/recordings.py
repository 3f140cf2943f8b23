"""Has recorders run the tests as they are, once for all modules, and keeps what they saw."""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.mutation.modules import PACKAGE, ROOT, python_files
from tests.mutation.recording import RECORDING, Order, Recorded, Trace

_PYTEST: Final = "-m pytest -q -s -p no:cacheprovider -p tests.mutation.recording --timeout 0"
_AT_ONCE: Final = 60
"""Files of tests for one recorder."""


@dataclass
class Recordings:
    modules: Sequence[Path]
    folder: Path
    jobs: int
    _known: dict[str, Recorded] = field(default_factory=dict)
    """By the file of tests, whose recorder may have run others as well."""
    _digest: str = ""

    def add(self, files: Iterable[Path]) -> None:
        """Record the files of tests that are not known yet, or read what an earlier run has kept of the same text of everything."""
        new = sorted({_relative(each) for each in files} - self._known.keys())
        if not new:
            return
        self._digest = self._digest or _digest()
        groups = [new[first :: -(-len(new) // _AT_ONCE)] for first in range(-(-len(new) // _AT_ONCE))]
        with ThreadPoolExecutor(self.jobs) as pool:
            for group, recorded in zip(groups, pool.map(self._record, groups), strict=True):
                self._known |= dict.fromkeys(group, recorded)

    def traces(self, module: Path, files: Collection[Path]) -> list[Trace]:
        """What tests of these files, which are known, run of the module."""
        wanted = {_relative(each) for each in files}
        recordings = {id(each): each for name in wanted for each in [self._known[name]]}
        file = str(module.resolve())
        return [trace for each in recordings.values() for trace in each.traces(file, wanted)]

    def failed(self, files: Iterable[Path]) -> Iterator[str]:
        """Tests of these files that fail without a mutant."""
        wanted = {_relative(each) for each in files} & self._known.keys()
        failed = {test for name in wanted for test in self._known[name].failed}
        return (test for test in sorted(failed) if test.partition("::")[0] in wanted)

    def _record(self, files: Sequence[str]) -> Recorded:
        modules = sorted(str(each.resolve()) for each in self.modules)
        asked = hashlib.sha256("\n".join((self._digest, *files, *modules)).encode()).hexdigest()[:16]
        kept = self.folder / f"{asked}.recorded"
        if not kept.exists():
            order = self.folder / f"{asked}.order"
            order.write_text(Order(modules, str(kept)).to_json(), encoding="utf-8")
            done = subprocess.run(
                [sys.executable, *_PYTEST.split(), *files],
                cwd=ROOT,
                env={**os.environ, RECORDING: str(order), "PYTHONHASHSEED": "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if not kept.exists():
                raise RuntimeError(f"a recorder failed:\n{done.stdout}")
            print(f"recorded {len(files)} files of tests", flush=True)
        recorded = pickle.loads(kept.read_bytes())
        assert isinstance(recorded, Recorded)
        return recorded


def _relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _digest() -> str:
    """Of all that tests run, as far as it is Python."""
    digest = hashlib.sha256()
    for file in (*python_files(PACKAGE), *python_files(ROOT / "tests")):
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
