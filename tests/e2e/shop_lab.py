"""The shops of the examples, and customers who look whether they answer."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests import debian_images
from tests.docker_lab import DockerLab
from tests.e2e.operator_lab import Operator

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
PASSWORD: Final = "correct-horse-of-the-shop"
ASKING: Final = """
import sys, urllib.request
for line in sys.stdin:
    try:
        with urllib.request.urlopen("http://127.0.0.1:8088/orders", timeout=120) as answer:
            print(answer.status, flush=True)
    except OSError as error:
        print(error, flush=True)
"""
"""Asks once for each line that it is told."""


@dataclass
class Shop:
    operator: Operator
    lab: DockerLab
    config: dict[str, str] = field(default_factory=dict)

    def apply(self, code: int = 0, **config: str) -> str:
        self.config |= config
        return self.operator.type("apply", "--yes", *self._options(), code=code).all

    def plan(self) -> None:
        self.operator.type("plan", "--exit-code", *self._options())

    def _options(self) -> list[str]:
        return [word for key, value in self.config.items() for word in ("--config", f"{key}={value}")]

    def check(self, copies: int) -> str:
        return self.lab.run(
            str(debian_images.PYTHON), str(self.operator.folder / "check.py"), "http://127.0.0.1:8088", str(copies)
        )


@dataclass
class Customers:
    """What the front told them."""

    answers: list[str] = field(default_factory=list)


@contextmanager
def customers(shop: Shop, many: int = 3) -> Iterator[Customers]:
    """So many ask one after another, until the block is left."""
    told, leaving = Customers(), threading.Event()
    words = ("nsenter", f"--net={shop.lab.netns()}", str(debian_images.PYTHON), "-c", ASKING)

    def ask() -> None:
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None and process.stdout is not None
            while not leaving.wait(0.02):
                process.stdin.write("\n")
                process.stdin.flush()
                told.answers.append(process.stdout.readline().strip())
            process.stdin.close()

    threads = [threading.Thread(target=ask) for _ in range(many)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        leaving.set()
        for thread in threads:
            thread.join(timeout=120)


def base_images(lab: DockerLab) -> None:
    """What the shops are built from."""
    debian_images.import_python(lab, "python:3.13-slim")
    debian_images.import_nginx(lab, "nginx:1.28")
    debian_images.import_redis(lab, "redis:8")
