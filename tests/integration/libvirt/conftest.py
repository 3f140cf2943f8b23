"""The daemon of libvirt's tests."""

from collections.abc import Iterator

import pytest
from tests.integration.libvirt.handlers import provider
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab

from virtwright.providers.libvirt.provider import LibvirtProvider

__all__ = ["libvirt_daemon", "libvirt_lab"]


@pytest.fixture
def host(libvirt_lab: LibvirtLab) -> Iterator[LibvirtProvider]:
    """QEMU on a host with nothing on it."""
    opened = provider(libvirt_lab)
    yield opened
    opened.close()
