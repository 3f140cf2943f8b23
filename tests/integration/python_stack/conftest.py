from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python_stacks import PythonBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PythonBench]:
    bench = PythonBench(tmp_path)
    yield bench
    bench.close()
