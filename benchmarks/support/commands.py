"""Commands of virtwright as whole processes, with the time that they take."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

VIRTWRIGHT: Final = str(Path(sys.executable).parent / "virtwright")


@dataclass(frozen=True)
class Times:
    """Seconds of one command: as a whole process, and of the run in it, which begins when the plan was shown."""

    whole: float
    run: float


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


class Stack:
    """One stack's file, and the command line on it."""

    def __init__(self, folder: Path, stack: dict[str, Any]) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        (folder / "stack.yaml").write_text(json.dumps(stack))
        self("validate")  # the first one of all compiles what was edited since

    def __call__(self, *words: str) -> Times:
        env = {**os.environ, "VIRTWRIGHT_HOME": str(self._folder / "home")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # each process would compile all modules that were edited
        argv = [VIRTWRIGHT, "--json", *words, "stack.yaml"]
        began = time.monotonic()
        done = subprocess.run(argv, cwd=self._folder, env=env, capture_output=True, text=True, check=False)
        whole = time.monotonic() - began
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        told = done.stdout.splitlines()
        return Times(whole, json.loads(told[-1])["seconds"] if told else whole)

    def plan(self) -> float:
        """Seconds of a plan in which nothing changes, as a whole process: the least of three."""
        return min(self("plan", "--exit-code").whole for _ in range(3))
