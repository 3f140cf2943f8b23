"""The daemon of libvirt's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.libvirt.handlers import provider
from tests.integration.libvirt.two_hosts import TwoHosts, join
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab

from virtwright.providers.libvirt.provider import LibvirtProvider

__all__ = ["libvirt_daemon", "libvirt_lab"]


@pytest.fixture(scope="session")
def joined_daemons() -> Iterator[tuple[LibvirtLab, LibvirtLab]]:
    """Two daemons with a cable between them: other tests would count its ends on the one that they share."""
    with LibvirtLab() as one, LibvirtLab() as other:
        join((one, other))
        yield one, other


@pytest.fixture
def hosts(joined_daemons: tuple[LibvirtLab, LibvirtLab], tmp_path: Path) -> Iterator[TwoHosts]:
    """Both with nothing on them, and a stack on them."""
    for lab in joined_daemons:
        lab.sweep()
    yield TwoHosts(joined_daemons, tmp_path / "home")
    for lab in joined_daemons:
        lab.sweep()


@pytest.fixture
def host(libvirt_lab: LibvirtLab) -> Iterator[LibvirtProvider]:
    """QEMU on a host with nothing on it."""
    opened = provider(libvirt_lab)
    yield opened
    opened.close()
