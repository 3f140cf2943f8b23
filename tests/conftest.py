"""What tests of every folder can ask for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.host_lab import HostLab


@pytest.fixture(scope="session")
def host_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator["HostLab"]:
    """Two real hosts with SSH, Docker and libvirt, for all tests of a worker that ask for them (``tests/host_lab.py``)."""
    from tests.host_lab import host_lab_in

    with host_lab_in(tmp_path_factory.mktemp("lab")) as lab:
        yield lab
