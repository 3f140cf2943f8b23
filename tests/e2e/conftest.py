"""An operator for each test, and nothing left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.operator_lab import Operator, left_of


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """Types at a runtime of its own. What a test leaves is destroyed by the command line too; whatever that leaves is an error."""
    made = Operator.at(tmp_path)
    try:
        yield made
        if made.runtime.path.exists():
            made.destroy_all()
        assert left_of(made.runtime) == []
    finally:
        made.sweep()
