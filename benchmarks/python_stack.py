"""A Python stack of many resources on a fake host: one pass of the program, and the same without the mends of the SDK.

    python -m benchmarks.python_stack [--counts 1000,5000] [--without-mends 1000] [--chain 2000]

Each number is the wall time of one plan: start of the process, imports, registrations, the engine's decisions; and the processor
time of the engine and of the program, which run side by side and which a busy machine changes less. The floor is the same program
against the SDK as it is.
"""

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fake_provider import FakeWorld
from tests.python_stacks import PRELUDE, PythonBench

from virtwright.errors import VirtwrightError

INDEPENDENT = """
for index in range({count}):
    web = vw.Container(f"web{{index}}", image="host", command=["serve", str(index)], description=f"number {{index}}",
        labels={{"index": str(index)}}, environment={{"STAGE": str(index % 20)}}, hostname=f"web{{index}}", opts=on)
pulumi.export("last", web.name)
"""
CHAIN = """
before = "host"
for index in range({count}):
    web = vw.Container(f"web{{index}}", image="host", description=before, opts=on)
    before = web.name
pulumi.export("last", before)
"""


@dataclass(frozen=True)
class Spent:
    """In seconds."""

    wall: float
    engine: float
    program: float

    @classmethod
    def now(cls) -> "Spent":
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return cls(time.monotonic(), time.process_time(), children.ru_utime + children.ru_stime)

    def since(self, before: "Spent") -> "Spent":
        return Spent(self.wall - before.wall, self.engine - before.engine, self.program - before.program)


def measure(text: str, count: int, *, mend: bool, apply: bool) -> Spent | None:
    """None where the program fails."""
    with tempfile.TemporaryDirectory() as folder:
        bench = PythonBench(Path(folder), FakeWorld(refuses_while_used=False))
        program = bench.program(text.format(count=count), prelude=PRELUDE)
        program.mend = mend
        started = Spent.now()
        try:
            if apply:
                bench.engine.apply(program)
            else:
                bench.engine.plan(program)
        except VirtwrightError as error:
            print(f"    failed: {error.message[:100]}")
            return None
        finally:
            bench.close()
        return Spent.now().since(started)


def report(name: str, spent: Spent | None, count: int) -> None:
    if spent is None:
        print(f"{name:<40} -", flush=True)
        return
    print(
        f"{name:<40} {spent.wall:7.2f} s  {spent.wall / count * 1000:6.2f} ms each"
        f"   processor: engine {spent.engine:6.2f} s, program {spent.program:6.2f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="1000,5000")
    parser.add_argument("--without-mends", default="1000")
    parser.add_argument("--chain", default="2000")
    given = parser.parse_args()
    for count in map(int, given.counts.split(",")):
        report(f"plan of {count}", measure(INDEPENDENT, count, mend=True, apply=False), count)
        report(f"plan and apply of {count}", measure(INDEPENDENT, count, mend=True, apply=True), count)
    for count in map(int, filter(None, given.without_mends.split(","))):
        report(f"plan of {count}, SDK as it is", measure(INDEPENDENT, count, mend=False, apply=False), count)
    for count in map(int, filter(None, given.chain.split(","))):
        report(f"plan of a chain of {count}", measure(CHAIN, count, mend=True, apply=False), count)
        report(f"plan of a chain of {count}, SDK as it is", measure(CHAIN, count, mend=False, apply=False), count)


if __name__ == "__main__":
    main()
