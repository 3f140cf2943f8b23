"""Fixtures of the escape suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.escapes.outside import Outside, outside
from tests.sandbox_lab import SandboxLab, make_busybox_root, sandbox_lab
from virtwright.providers.namespace.supervisor import Supervisor


@pytest.fixture(scope="module")
def host() -> Iterator[Outside]:
    """What there is to reach."""
    with outside() as found:
        yield found


@pytest.fixture(scope="module")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_busybox_root(tmp_path_factory.mktemp("busybox"))


@pytest.fixture(scope="module")
def sandboxes(host: Outside, busybox: Path) -> Iterator[SandboxLab]:
    supervisor = Supervisor(host.folder / "cache", private=(host.folder,))
    with sandbox_lab(host.folder / "sandboxes", busybox, supervisor) as lab:
        yield lab
    supervisor.close()
