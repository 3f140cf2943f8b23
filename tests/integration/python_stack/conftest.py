from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python_stacks import PythonBench
from tests.zygote.client import Zygote, forked_programs


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PythonBench]:
    bench = PythonBench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture(scope="session", autouse=True)
def zygote() -> Iterator[Zygote]:
    """A program's process takes nine tenths of its time to import the SDK, which is the same for all."""
    with Zygote.begun() as made, forked_programs(made):
        yield made
