"""An operator for each test, and nothing left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.operator_lab import Operator, operator_at


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    with operator_at(tmp_path) as made:
        yield made
