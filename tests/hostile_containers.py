"""Two hostile containers on a host, and a neighbour that goes on answering. A program, for the namespaces of a private host:

    python -m tests.hostile_containers SECONDS FILE

It writes to FILE what it found (``Report``), as JSON.
"""

import http.client
import json
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.container_lab import ContainerLab, container_lab
from tests.host_snapshot import take
from tests.kernel_log import KernelLog
from tests.waiting import PATIENCE, until

ROUND: Final = 30
"""Seconds; then the programs are started anew, for they may have ended each other."""
HOSTILE: Final = """
mkdir -p /tmp/hostile && cd /tmp/hostile
end=$(($(date +%s) + $1))
while [ "$(date +%s)" -lt "$end" ]; do
    timeout -s KILL $(($2 + 10)) stress-ng --pathological --sysinval 1 --sysbadaddr 1 --enosys 1 --timeout "$2" --metrics-brief &
    timeout -s KILL "$2" trinity -q -l off --dangerous -C 4 --enable-fds=pipes,eventfd,testfile,memfd,timerfd,epoll,sockets > trinity.log 2>&1
    wait
    echo
    tail -c 300 trinity.log
    echo
    echo "a round is over"
done
echo
echo "all is done"
exec sleep infinity
"""
"""As process 1, which nothing inside can kill."""
ASKED: Final = 200
"""How often the neighbour is asked for one median."""


@dataclass
class Report:
    """What came of it."""

    seconds: int
    rounds: list[int] = field(default_factory=list)
    """Of each hostile container."""
    differences: list[str] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    kernel_lines: int = 0
    """How many the kernel wrote meanwhile."""
    before: float = 0
    """Milliseconds in which the neighbour answers: medians."""
    during: float = 0
    after: float = 0
    last_lines: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def main(seconds: int, file: Path) -> None:
    report = Report(seconds)
    with ExitStack() as closing:
        lab = closing.enter_context(container_lab())
        network = lab.create("Network", "street", cidr="10.66.1.0/24")
        neighbour = _container(
            lab, "neighbour", ["busybox", "httpd", "-f", "-p", "80", "-h", "/usr/share"], network.name
        )
        address = neighbour.addresses[network.name]
        until("the neighbour answers", lambda: _ask(address))
        report.before = _median(address)
        before = take()
        log = closing.enter_context(KernelLog())
        hostile = [
            _container(lab, name, ["sh", "-c", HOSTILE, "sh", str(seconds), str(ROUND)], network.name)
            for name in ("hostile-one", "hostile-two")
        ]
        report.during = _until_done(lab, [each.id for each in hostile], address, seconds)
        for each in hostile:
            lines = lab.log("Container", each.id)
            report.rounds.append(lines.count("a round is over"))
            report.last_lines += lines[-12:]
            lab.delete("Container", each.id)
        report.after = _median(address)
        report.differences = before.differences(take())
        lab.clear()
        report.left = list(lab.left())
    report.flaws, report.kernel_lines = log.flaws, log.lines
    file.write_text(json.dumps(asdict(report)))


def _container(lab: ContainerLab, name: str, command: Sequence[str], network: str) -> Any:
    """With default settings."""
    return lab.create("Container", name, image="host", command=list(command), networks=[network], stop_timeout="0s")


def _until_done(lab: ContainerLab, ids: Sequence[str], address: str, seconds: int) -> float:
    medians = []
    end = time.monotonic() + seconds + 2 * ROUND + PATIENCE
    while not all("all is done" in lab.log("Container", id)[-3:] for id in ids):
        assert time.monotonic() < end, [lab.log("Container", id)[-20:] for id in ids]
        medians.append(_median(address))
        time.sleep(1)
    return statistics.median(medians)


def _median(address: str) -> float:
    return statistics.median(_ask(address) for _ in range(ASKED)) * 1000


def _ask(address: str) -> float:
    """Seconds until it has answered."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection(address, 80, timeout=PATIENCE)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except ConnectionRefusedError:
        return 0
    finally:
        connection.close()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
