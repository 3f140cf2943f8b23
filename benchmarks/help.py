"""How long ``virtwright --help`` takes. Run: python benchmarks/help.py

Prints milliseconds of wall and CPU time over several processes, beside the floor (a bare Python, and one that imports typer),
and fails where the least CPU time is over the budget: on a machine that does nothing else, both are the same.
"""

import resource
import subprocess
import sys
import time

ROUNDS = 15
BUDGET = 250.0
CASES = {
    "bare Python": ["-c", "pass"],
    "import typer": ["-c", "import typer"],
    "virtwright --help": ["-m", "virtwright.cli.main", "--help"],
}


def cpu_seconds() -> float:
    """Of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def milliseconds(arguments: list[str]) -> tuple[float, float]:
    """The wall time and the CPU time of one process."""
    start, used = time.perf_counter(), cpu_seconds()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000, (cpu_seconds() - used) * 1000


def main() -> int:
    least = 0.0
    for name, arguments in CASES.items():
        walls, used = zip(*(milliseconds(arguments) for _ in range(ROUNDS)), strict=True)
        least = min(used)
        print(f"{name:<20} wall {min(walls):6.1f} ms   CPU {least:6.1f} ms")
    print(f"budget {BUDGET:.0f} ms of CPU: {'kept' if least <= BUDGET else 'exceeded'}")
    return 0 if least <= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
