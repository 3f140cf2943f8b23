"""What a short command's own start costs. Run as root: python benchmarks/start.py

Prints the processor time of each as a whole process, and its ratio to ``python -c pass`` of the same run; all are measured in
turn, with warm caches, so that what else the machine does falls on each alike. For the plugin also the memory that it takes
before its first resource. Fails where a budget is passed by more than the noise of a shared machine.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

BIN: Final = Path(sys.executable).parent
ROUNDS: Final = int(os.environ.get("ROUNDS", "15"))
NOISE: Final = 1.1
BUDGETS: Final = {"validate": 18.0, "plan, nothing changed": 30.0, "plugin until GetSchema": 20.0}
"""In ratios to ``python -c pass``."""
MEMORY: Final = 45.0
"""Most MiB of the plugin."""
HOST: Final = "hosts: {{here: {{uri: 'namespace://{root}'}}}}\n"
NETWORK: Final = "stack: start\n" + HOST + "networks: {{back: {{}}}}\n"
CONTAINER: Final = "stack: start\n" + HOST + "containers: {{web: {{image: host, command: [sleep, infinity]}}}}\n"


def of_command(*words: str) -> Callable[[], float]:
    """Milliseconds of a process and its children."""

    def measure() -> float:
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, words
        return (used.ru_utime + used.ru_stime) * 1000

    return measure


def processor_time(pid: int) -> float:
    """Milliseconds that a process which still runs has used: see clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2) * 1000


class Plugin:
    """Starts the plugin and asks for its schema, as Pulumi's engine does."""

    def __init__(self) -> None:
        self.memory: dict[str, float] = {}
        """MiB, of the last process."""

    def __call__(self) -> float:
        with subprocess.Popen([BIN / "pulumi-resource-virtwright"], stdout=subprocess.PIPE, text=True) as child:
            try:
                assert child.stdout is not None
                port = int(child.stdout.readline())
                with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.max_receive_message_length", -1)]) as channel:
                    asked = provider_pb2.GetSchemaRequest()
                    answer = provider_pb2_grpc.ResourceProviderStub(channel).GetSchema(asked)
                    used = processor_time(child.pid)
                assert json.loads(answer.schema)["name"] == "virtwright"
                self.memory = _memory(child.pid)
            finally:
                child.send_signal(signal.SIGTERM)
        return used


def _memory(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    pairs = (line.split(":") for line in lines)
    return {name: int(amount.split()[0]) / 1024 for name, amount in pairs if name in ("Rss", "Pss")}


@contextmanager
def one_container(folder: Path) -> Iterator[None]:
    """A container that runs, as its stack in ``folder`` says."""
    (folder / "stack.yaml").write_text(CONTAINER.format(root=folder / "root"), encoding="utf-8")
    virtwright = str(BIN / "virtwright")
    subprocess.run([virtwright, "apply", "--yes", folder], stdout=subprocess.DEVNULL, check=True)
    try:
        yield
    finally:
        subprocess.run([virtwright, "destroy", "--yes", folder], stdout=subprocess.DEVNULL, check=True)


def measured(cases: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Milliseconds of each, in turn, ``ROUNDS`` times; the first round warms the caches and does not count."""
    rounds = [{name: measure() for name, measure in cases.items()} for _ in range(ROUNDS + 1)][1:]
    return {name: [each[name] for each in rounds] for name in cases}


def run(folder: Path, container: Path) -> bool:
    """Whether all budgets were kept."""
    virtwright, plugin = str(BIN / "virtwright"), Plugin()
    (folder / "stack.yaml").write_text(NETWORK.format(root=folder / "root"), encoding="utf-8")
    cases: dict[str, Callable[[], float]] = {
        "python -c pass": of_command(sys.executable, "-c", "pass"),
        "import pydantic's BaseModel": of_command(sys.executable, "-c", "from pydantic import BaseModel"),
        "import typer": of_command(sys.executable, "-c", "import typer"),
        "import grpc": of_command(sys.executable, "-c", "import grpc"),
        "validate": of_command(virtwright, "validate", str(folder)),
        "plan, nothing changed": of_command(virtwright, "plan", "--exit-code", str(container)),
        "plugin until GetSchema": plugin,
    }
    times = measured(cases)
    base = {"least": min(times["python -c pass"]), "median": statistics.median(times["python -c pass"])}
    kept = True
    for name, each in times.items():
        least, ratio = min(each), min(each) / base["least"]
        budget = BUDGETS.get(name)
        words = "" if budget is None else f"   at most {budget:.0f}: {_verdict(ratio, budget)}"
        median = statistics.median(each) / base["median"]
        print(f"{name:<28} {least:6.1f} ms   {ratio:5.1f} times (median {median:5.1f}){words}")
        kept = kept and (budget is None or ratio <= budget * NOISE)
    for name, mebibytes in plugin.memory.items():
        print(
            f"the plugin's {name.upper()} {mebibytes:10.1f} MiB   at most {MEMORY:.0f}: {_verdict(mebibytes, MEMORY)}"
        )
    return kept and all(each <= MEMORY for each in plugin.memory.values())


def _verdict(value: Any, budget: float) -> str:
    return "kept" if value <= budget else "exceeded"


def main() -> int:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process would compile all modules that were edited
    with tempfile.TemporaryDirectory(prefix="virtwright-start-") as text:
        folder = Path(text)
        os.environ["VIRTWRIGHT_HOME"] = str(folder / "home")
        container = folder / "container"
        container.mkdir()
        with one_container(container):
            return 0 if run(folder, container) else 1


if __name__ == "__main__":
    sys.exit(main())
