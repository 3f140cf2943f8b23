"""Pools without files, on libvirt's test driver: the machine has no device-mapper for a real volume group."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.libvirt.handlers import STACK, Made
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root


@pytest.fixture
def memory(libvirt_lab: LibvirtLab) -> Iterator[LibvirtProvider]:
    opened = LibvirtProvider.open("one", Host(uri=libvirt_lab.test_uri))
    yield opened
    opened.close()


@pytest.fixture
def group(libvirt_lab: LibvirtLab) -> Any:
    """A volume group."""
    pool = libvirt_lab.test_api.storagePoolDefineXML(
        "<pool type='logical'><name>vg0</name><source><name>vg0</name></source><target><path>/dev/vg0</path></target></pool>"
    )
    pool.create()
    return pool


def test_the_marks_of_a_logical_volume_lie_in_the_default_pool(
    libvirt_lab: LibvirtLab, memory: LibvirtProvider, group: Any
) -> None:
    data = Made(memory, "Volume", "data", size="4MiB", format="raw", pool="vg0")
    assert (data.outputs.path, data.outputs.name) == ("/dev/vg0/shop_prod_data", "vg0/shop_prod_data")
    assert [each.name() for each in group.listAllVolumes()] == ["shop_prod_data"]
    default = libvirt_lab.test_api.storagePoolLookupByName("default-pool")
    assert len(default.listAllVolumes()) == 2
    assert data.observed().complete
    group.storageVolLookupByName("shop_prod_data").delete()
    assert [change.field for change in data.observed().drift] == ["data"]
    data.delete()
    assert list(data.handler.observe(STACK)) == []
    assert default.listAllVolumes() == []


def test_a_logical_volume_is_raw(memory: LibvirtProvider, group: Any) -> None:
    with pytest.raises(HostError, match="vg0 has no files") as caught:
        Made(memory, "Volume", "data", size="4MiB", pool="vg0")
    assert "format: raw" in str(caught.value.hint)


def test_the_test_driver_refuses_what_it_can_t_keep(memory: LibvirtProvider) -> None:
    data = Made(memory, "Volume", "data", size="4MiB")
    larger = data.handler.check(data.inputs.model_copy(update={"size": 8 * 1024**2}))
    assert data.handler.diff(data.inputs, larger).impact.label == "data-loss"
    data.delete()
