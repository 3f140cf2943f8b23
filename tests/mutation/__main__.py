"""``make mutants``: tries the mutants of the modules that decide, and prints what became of them."""

import argparse
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.mutation.imports import Imports
from tests.mutation.job import JOB, Job, Outcome, Result, digest, results
from tests.mutation.modules import ROOT, listed
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.recordings import Recordings
from tests.mutation.survivors import Run, Survivors, markdown, table

CHUNK: Final = 250
"""Mutants that one server tries: a server costs some seconds to start, and the last ones are to end together."""
_PYTEST: Final = "-m pytest -q -x -s -p no:cacheprovider -p tests.mutation.server --timeout 0 tests/mutation"


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    file: Path
    mutants: list[Mutant]
    results: dict[str, Result] = field(default_factory=dict)
    """By the mutant's name."""

    @property
    def alive(self) -> list[str]:
        """Those that no test has killed yet."""
        killed = {name for name, result in self.results.items() if result.outcome is not Outcome.SURVIVED}
        return [mutant.name for mutant in self.mutants if mutant.name not in killed]


def main() -> int:
    arguments = _arguments()
    begun = time.monotonic()
    known = listed()
    wanted = [name for name, file in known.items() if not arguments.modules or _is_meant(name, file, arguments.modules)]
    if not wanted:
        print(f"No listed module is called {', '.join(arguments.modules)}. These are:", *sorted(known), sep="\n  ")
        return 2
    chosen = [Module(name, known[name], mutants(known[name].read_bytes())[:: arguments.every]) for name in wanted]
    lines = _read(chosen, arguments.read) if arguments.read else _tried(chosen, arguments)
    is_whole = not arguments.tests and not arguments.read and arguments.every == 1
    survivors, runs = Survivors.read(), [_run(module) for module in chosen]
    figures = survivors.figures([run for run in runs if run.tried])
    print("", *(markdown(figures) if arguments.markdown else table(figures)), "", sep="\n")
    lines += survivors.judge(runs, is_whole=is_whole)
    print(*lines, sep="\n")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{time.monotonic() - begun:.0f} s, of processors {used.ru_utime + used.ru_stime:.0f} s")
    return int(bool(lines))


def _read(chosen: Sequence[Module], folders: Sequence[str]) -> list[str]:
    for module in chosen:
        for folder in folders:
            for file in Path(folder).rglob(f"{module.name}.jsonl"):
                module.results.update(_kept(module, file))
    return []


def _tried(chosen: Sequence[Module], arguments: argparse.Namespace) -> list[str]:
    """What went wrong. First come the tests that import a module themselves; what these do not see is tried with all others that come to it."""
    kept = nullcontext(arguments.results) if arguments.results else tempfile.TemporaryDirectory(prefix="vw-mutants-")
    imports, wrong = Imports(), list[str]()
    only = {Path(each).resolve() for each in arguments.tests}
    with kept as name:
        folder = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        for module in chosen:
            module.results.update(_kept(module, folder / f"{module.name}.jsonl"))
        recordings = Recordings([*listed().values()] if len(chosen) > 1 else [chosen[0].file], folder, arguments.jobs)
        for blind in (True, False):
            files = {module.name: _files(imports, module, only, direct=blind) for module in chosen if module.alive}
            recordings.add({file for each in files.values() for file in each})
            for failed in recordings.failed({file for each in files.values() for file in each}) if blind else ():
                wrong.append(f"fails without a mutant: {failed}")
            with ThreadPoolExecutor(arguments.jobs) as pool:
                jobs = _jobs([module for module in chosen if module.alive], files, imports, recordings, blind=blind)
                wrong += [error for error in pool.map(_serve, list(jobs)) if error]
            for module in chosen:
                module.results.update(_kept(module, folder / f"{module.name}.jsonl"))
    return wrong


def _files(imports: Imports, module: Module, only: Collection[Path], *, direct: bool) -> list[Path]:
    files = imports.direct(module.name)
    if not direct:
        files = [file for file in imports.reaching(module.name) if file not in files]
    if only:  # the named ones count as such that import it
        files = [file for file in imports.reaching(module.name) if file in only] if direct else []
    return sorted(files)


def _kept(module: Module, file: Path) -> dict[str, Result]:
    """What earlier servers have found of mutants of the module as it is now."""
    digests = {mutant.name: digest(mutant.text) for mutant in module.mutants}
    return {name: result for name, result in results(file).items() if result.digest == digests.get(name)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("modules", nargs="*", help="as providers/docker/networks/mapping.py; none: all")
    parser.add_argument("--tests", nargs="*", default=[], help="try these files of tests alone")
    parser.add_argument("--every", type=int, default=1, help="try a part of the mutants: each second, third, ...")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--results", help="keep in this folder what became of each mutant, and go on from what is there"
    )
    parser.add_argument("--read", nargs="*", default=[], help="try nothing: what is kept in these folders, and below")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/mutants.md has it")
    return parser.parse_args()


def _is_meant(name: str, file: Path, asked: Sequence[str]) -> bool:
    """By its file, or by a package around it."""
    return any(Path(each).resolve() == file.resolve() or f"{name}.".startswith(f"virtwright.{each}.") for each in asked)


def _jobs(
    chosen: Sequence[Module], files: dict[str, list[Path]], imports: Imports, recordings: Recordings, *, blind: bool
) -> Iterator[Job]:
    """The largest first."""
    for module in sorted(chosen, key=lambda each: -len(each.alive)):
        traces = recordings.traces(module.file, files[module.name])
        if not blind:
            traces = [trace for trace in traces if trace.lines] or traces
        if not traces:
            continue
        kept = recordings.folder / module.name
        kept.with_name(f"{module.name}.traces").write_bytes(pickle.dumps(traces))
        used = {ROOT / trace.file for trace in traces}
        for first in range(0, len(module.alive), CHUNK):
            yield Job(
                module=module.name,
                file=str(module.file),
                mutants=module.alive[first : first + CHUNK],
                before=imports.before(module.name, used),
                apart=sorted(imports.dependants(module.name) | {module.name}),
                traces=f"{kept}.traces",
                blind=blind,
                results=f"{kept}.jsonl",
            )


def _serve(job: Job) -> str:
    """What the server wrote where it did not come to its end."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(job.to_json())
        file.flush()
        done = subprocess.run(
            [sys.executable, *_PYTEST.split()],
            cwd=ROOT,
            env={**os.environ, JOB: file.name, "PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    tried = [each for name, each in results(Path(job.results)).items() if name in set(job.mutants)]
    lost = sum(result.outcome is Outcome.SURVIVED for result in tried)
    seconds = sum(result.seconds for result in tried)
    print(f"{job.module}: {len(tried)} tried, {lost} survived, {seconds:.0f} s", flush=True)
    if len(tried) == len(job.mutants) and done.returncode == 0:
        return ""
    return f"\n{job.module}: the server failed\n{done.stdout or 'it said nothing'}"


def _run(module: Module) -> Run:
    alive = {name for name, result in module.results.items() if result.outcome is Outcome.SURVIVED}
    seconds = sum(result.seconds for result in module.results.values())
    survivors = [mutant for mutant in module.mutants if mutant.name in alive]
    return Run(module.name, survivors, len(module.results), seconds)


if __name__ == "__main__":
    sys.exit(main())
