"""Pools without files, on libvirt's test driver: the machine has no device-mapper for a real volume group."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.libvirt.handlers import STACK, Made
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError, UnsupportedError
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host
from virtwright.schemas.values import UNKNOWN
from virtwright.schemas.volume import Volume

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


def test_a_plan_asks_which_pools_there_are(memory: LibvirtProvider, group: Any) -> None:
    handler: Any = memory.handlers["Volume"]

    def refused(**inputs: Any) -> tuple[str | None, str | None]:
        with pytest.raises(UnsupportedError) as raised:
            handler.check_host(Volume.model_validate({"size": "4MiB", **inputs}))
        return raised.value.where.path, raised.value.hint

    assert refused(pool="vg1") == ("pool", "did you mean vg0?")
    assert refused(pool="elsewhere") == ("pool", "it has default-pool, vg0")
    assert refused(pool="vg0", format="qcow2") == ("format", "    format: raw")
    handler.check_host(Volume.model_validate({"size": "4MiB", "pool": "vg0", "format": "raw"}))
    handler.check_host(Volume.model_validate({"size": "4MiB"}).model_copy(update={"pool": UNKNOWN}))


def test_a_plan_sees_a_pool_that_is_not_active(memory: LibvirtProvider, group: Any) -> None:
    group.destroy()
    handler: Any = memory.handlers["Volume"]
    with pytest.raises(UnsupportedError, match="is not active") as raised:
        handler.check_host(Volume.model_validate({"size": "4MiB", "pool": "vg0", "format": "raw"}))
    assert "virsh pool-start vg0" in str(raised.value.hint)


def test_the_test_driver_refuses_what_it_can_t_keep(memory: LibvirtProvider) -> None:
    data = Made(memory, "Volume", "data", size="4MiB")
    larger = data.handler.check(data.inputs.model_copy(update={"size": 8 * 1024**2}))
    assert data.handler.diff(data.inputs, larger).impact.label == "data-loss"
    data.delete()
