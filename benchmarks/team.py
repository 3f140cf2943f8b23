"""Two machines of a team at work on ten stacks that lie on one PostgreSQL server: each applies every stack ``ROUNDS`` times, in an
order of its own, and waits where the other one holds the lease. The floor is the same number of applies by one machine alone, first on the
server, then in a file.

Run as ``python benchmarks/team.py`` (root: it starts a private server as Debian's user postgres). Hosts are folders.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.integration.state.teammate import STACKS
from tests.postgresql_lab import Server, remove_template
from tests.states import LOCATION, keys_in

ROUNDS: Final = int(os.environ.get("ROUNDS", "5"))


def team(folder: Path, rounds: Sequence[int], location: str | None) -> tuple[float, int]:
    """One machine for each of ``rounds``, which says how often it applies each stack. Returns the seconds until the last one
    is ready, and how often one had to wait for another."""
    environment = {**os.environ, **({LOCATION: location} if location else {})}
    homes = [folder / f"machine{number}" for number in range(len(rounds))]
    key = keys_in(folder / "key").find()
    machines = []
    for number, home in enumerate(homes):
        words = [sys.executable, "-m", "tests.integration.state.teammate", home, folder / "hosts", str(rounds[number])]
        machines.append(
            subprocess.Popen(
                [*words, str(number)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={**environment, "VIRTWRIGHT_PASSPHRASE": key.passphrase},
            )
        )  # fmt: skip
    for each in machines:
        assert each.stdout is not None
        each.stdout.readline()
    for each in machines:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = [each.communicate()[0].split() for each in machines]
    return max(float(seconds) for _, seconds in told), sum(int(waited) for waited, _ in told)


def main() -> None:
    applies = 2 * ROUNDS * len(STACKS)
    print(f"{applies} applies on {len(STACKS)} stacks; seconds (load {os.getloadavg()[0]:.1f})")
    print(f"{'':>36} {'seconds':>8} {'ms/apply':>9} {'waited':>7}")
    server = Server.make()
    try:
        server.start()
        for database in ("two", "one"):
            server.sql(f"CREATE DATABASE {database}")
        at = server.url.rpartition("/")[0]
        cases: list[tuple[str, list[int], str | None]] = [
            ("two machines, PostgreSQL", [ROUNDS, ROUNDS], f"{at}/two"),
            ("one machine, PostgreSQL", [2 * ROUNDS], f"{at}/one"),
            ("one machine, SQLite", [2 * ROUNDS], None),
        ]
        for name, rounds, location in cases:
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                seconds, waited = team(Path(folder), rounds, location)
            print(f"{name:>36} {seconds:>8.2f} {seconds / applies * 1000:>9.0f} {waited:>7}")
    finally:
        server.remove()
        remove_template()


if __name__ == "__main__":
    main()
