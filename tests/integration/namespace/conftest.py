"""Fixtures of the namespace runtime's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.namespace_lab import Lab, private_lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A runtime of its own, on a "host" of its own."""
    with private_lab(tmp_path / "root") as lab:
        yield lab
