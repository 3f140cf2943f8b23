"""Fixtures of the namespace runtime's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.namespace_lab import Lab, private_lab
from tests.sandbox_lab import SandboxLab, make_busybox_root, sandbox_lab

from virtwright.providers.namespace.supervisor import Supervisor


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A runtime of its own, on a "host" of its own."""
    with private_lab(tmp_path / "root") as lab:
        yield lab


@pytest.fixture(scope="session")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root file system; tests don't change it."""
    return make_busybox_root(tmp_path_factory.mktemp("busybox"))


@pytest.fixture(scope="session")
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """One for all tests: starting its launcher takes longer than most of them."""
    folder = tmp_path_factory.mktemp("supervisor")
    supervisor = Supervisor(folder, private=(tmp_path_factory.getbasetemp(),))
    yield supervisor
    supervisor.close()


@pytest.fixture
def sandboxes(tmp_path: Path, busybox: Path, supervisor: Supervisor) -> Iterator[SandboxLab]:
    """Sandboxes without networks, images or records."""
    with sandbox_lab(tmp_path / "sandboxes", busybox, supervisor) as lab:
        yield lab
