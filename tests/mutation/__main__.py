"""``make mutants``: tries the mutants of the modules that decide, and prints what became of them."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from tests.mutation.imports import Imports
from tests.mutation.job import JOB, Job, Outcome, Result
from tests.mutation.modules import PACKAGE, ROOT, listed
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.survivors import Survivors

CHUNK: Final = 120
"""Mutants that one server tries: a server costs some seconds to start, and two are to end together."""


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    file: Path
    mutants: list[Mutant]

    @property
    def path(self) -> str:
        """As a person writes it."""
        return str(self.file.relative_to(PACKAGE if self.file.is_symlink() else ROOT)).removeprefix("src/virtwright/")


def main() -> int:
    arguments = _arguments()
    begun = time.monotonic()
    known = listed()
    chosen = [
        _module(name, file)
        for name, file in known.items()
        if not arguments.modules or _is_meant(name, file, arguments.modules)
    ]
    if not chosen:
        print(f"No listed module is called {', '.join(arguments.modules)}. These are:", *sorted(known), sep="\n  ")
        return 2
    with tempfile.TemporaryDirectory(prefix="vw-mutants-") as folder:
        jobs = list(_jobs(chosen, Path(folder), [Path(each).resolve() for each in arguments.tests]))
        with ThreadPoolExecutor(arguments.jobs) as pool:
            results = {module.name: [] for module in chosen}  # type: dict[str, list[Result]]
            for job, done in zip(jobs, pool.map(_serve, jobs), strict=True):
                results[job.module] += done
    survivors = Survivors.read()
    failed = survivors.judge(
        {module.name: (module.mutants, results[module.name]) for module in chosen}, part=bool(arguments.tests)
    )
    print(f"\n{time.monotonic() - begun:.0f} s")
    return failed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("modules", nargs="*", help="as providers/docker/networks/mapping.py; none: all")
    parser.add_argument("--tests", nargs="*", default=[], help="try these files of tests alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _is_meant(name: str, file: Path, asked: Sequence[str]) -> bool:
    return any(
        Path(each).resolve() == file.resolve() or name.removeprefix("virtwright.").startswith(each) for each in asked
    )


def _module(name: str, file: Path) -> Module:
    return Module(name, file, mutants(file.read_bytes()))


def _jobs(chosen: Sequence[Module], folder: Path, tests: Sequence[Path]) -> Iterator[Job]:
    imports = Imports()
    numbers = count()
    for module in sorted(chosen, key=lambda each: -len(each.mutants)):
        direct = imports.direct(module.name)
        others = [file for file in imports.reaching(module.name) if file not in direct]
        if tests:
            direct, others = [file for file in (*direct, *others) if file in tests], []
        before = imports.before(module.name, [*direct, *others])
        apart = sorted(imports.dependants(module.name) | {module.name})
        names = [mutant.name for mutant in module.mutants]
        for first in range(0, len(names), CHUNK):
            yield Job(
                module.name,
                str(module.file),
                names[first : first + CHUNK],
                sorted(map(str, direct)),
                sorted(map(str, others)),
                before,
                apart,
                str(folder / f"{next(numbers)}.jsonl"),
            )


def _serve(job: Job) -> list[Result]:
    file = Path(job.results).with_suffix(".json")
    file.write_text(job.to_json(), encoding="utf-8")
    words = "-q -x -s -p no:cacheprovider -p tests.mutation.server --timeout 0 tests/mutation"
    environment = {**os.environ, JOB: str(file), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words.split()], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    lines = Path(job.results).read_text(encoding="utf-8").splitlines() if Path(job.results).exists() else []
    results = [Result.from_json(line) for line in lines]
    if done.returncode or len(results) != len(job.mutants):
        raise SystemExit(
            f"{job.module}: the server ended with {done.returncode} after {len(results)} of {len(job.mutants)}\n{done.stdout}"
        )
    lost = sum(result.outcome is Outcome.SURVIVED for result in results)
    print(
        f"{job.module}: {len(results)} tried, {lost} survived, {sum(each.seconds for each in results):.0f} s",
        flush=True,
    )
    return results


if __name__ == "__main__":
    sys.exit(main())
