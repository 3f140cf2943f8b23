"""``make mutants``: tries the mutants of the modules that decide, and prints what became of them."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from tests.mutation.imports import Imports
from tests.mutation.job import JOB, Job, Outcome, Result
from tests.mutation.modules import ROOT, listed
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.survivors import Run, Survivors, markdown, table

CHUNK: Final = 120
"""Mutants that one server tries: a server costs some seconds to start, and the last ones are to end together."""
_PYTEST: Final = "-m pytest -q -x -s -p no:cacheprovider -p tests.mutation.server --timeout 0 tests/mutation"


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    file: Path
    mutants: list[Mutant]


@dataclass(frozen=True, slots=True)
class Served:
    """What became of one job."""

    job: Job
    results: list[Result]
    error: str = ""
    """What the server wrote, where it did not come to its end."""


def main() -> int:
    arguments = _arguments()
    begun = time.monotonic()
    known = listed()
    wanted = [name for name, file in known.items() if not arguments.modules or _is_meant(name, file, arguments.modules)]
    if not wanted:
        print(f"No listed module is called {', '.join(arguments.modules)}. These are:", *sorted(known), sep="\n  ")
        return 2
    chosen = [Module(name, known[name], mutants(known[name].read_bytes())[:: arguments.every]) for name in wanted]
    served = list(_kept(arguments.read)) if arguments.read else _served(chosen, arguments)
    is_whole = not arguments.tests and not arguments.read and arguments.every == 1
    survivors, runs = Survivors.read(), [_run(module, served) for module in chosen]
    figures = survivors.figures([run for run in runs if run.tried])
    print("", *(markdown(figures) if arguments.markdown else table(figures)), "", sep="\n")
    lines = survivors.judge(runs, is_whole=is_whole)
    lines += [f"\n{each.job.module}: the server failed\n{each.error}" for each in served if each.error]
    print(*lines, sep="\n")
    print(f"\n{time.monotonic() - begun:.0f} s")
    return int(bool(lines))


def _served(chosen: Sequence[Module], arguments: argparse.Namespace) -> list[Served]:
    kept = nullcontext(arguments.results) if arguments.results else tempfile.TemporaryDirectory(prefix="vw-mutants-")
    with kept as folder, ThreadPoolExecutor(arguments.jobs) as pool:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for traces in Path(folder).glob("*.traces"):
            traces.unlink()
        jobs = list(_jobs(chosen, Path(folder), [Path(each).resolve() for each in arguments.tests]))
        return list(pool.map(_serve, jobs))


def _kept(folders: Sequence[str]) -> Iterator[Served]:
    """What earlier runs have left there, each module's in a folder of its own."""
    for file in sorted(each for folder in folders for each in Path(folder).rglob("*.json")):
        job = Job.from_json(file.read_text(encoding="utf-8"))
        yield Served(job, _results(file.with_suffix(".jsonl")))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("modules", nargs="*", help="as providers/docker/networks/mapping.py; none: all")
    parser.add_argument("--tests", nargs="*", default=[], help="try these files of tests alone")
    parser.add_argument("--every", type=int, default=1, help="try a part of the mutants: each second, third, ...")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", help="keep in this folder what became of each mutant")
    parser.add_argument("--read", nargs="*", default=[], help="try nothing: what is kept in these folders, and below")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/mutants.md has it")
    return parser.parse_args()


def _is_meant(name: str, file: Path, asked: Sequence[str]) -> bool:
    """By its file, or by a package around it."""
    return any(Path(each).resolve() == file.resolve() or f"{name}.".startswith(f"virtwright.{each}.") for each in asked)


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
                module=module.name,
                file=str(module.file),
                mutants=names[first : first + CHUNK],
                direct=sorted(map(str, direct)),
                others=sorted(map(str, others)),
                before=before,
                apart=apart,
                traces=str(folder / f"{module.name}.traces"),
                results=str(folder / f"{next(numbers)}.jsonl"),
            )


def _serve(job: Job) -> Served:
    Path(job.results).unlink(missing_ok=True)  # of an earlier run, where they are kept
    file = Path(job.results).with_suffix(".json")
    file.write_text(job.to_json(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *_PYTEST.split()],
        cwd=ROOT,
        env={**os.environ, JOB: str(file), "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    results = _results(Path(job.results))
    lost = sum(result.outcome is Outcome.SURVIVED for result in results)
    seconds = sum(result.seconds for result in results)
    print(f"{job.module}: {len(results)} tried, {lost} survived, {seconds:.0f} s", flush=True)
    return Served(job, results, "" if len(results) == len(job.mutants) else done.stdout or "it said nothing")


def _results(file: Path) -> list[Result]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [Result.from_json(line) for line in lines]


def _run(module: Module, served: Sequence[Served]) -> Run:
    results = [result for each in served if each.job.module == module.name for result in each.results]
    alive = {result.name for result in results if result.outcome is Outcome.SURVIVED}
    seconds = sum(result.seconds for result in results)
    return Run(module.name, [mutant for mutant in module.mutants if mutant.name in alive], len(results), seconds)


if __name__ == "__main__":
    sys.exit(main())
