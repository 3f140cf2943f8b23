"""Volumes on libvirt's test driver, inside this process: what is in use stays."""

from typing import Any, Final

import pytest
from tests.unit.libvirt.machines.driver import Driver, driver

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host
from virtwright.schemas.volume import Volume

__all__ = ["driver"]
STAMP: Final = Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Volume::data", "one", "hash")


def _domain(path: str) -> str:
    disk = f"<disk type='file' device='disk'><source file='{path}'/><target dev='vda' bus='virtio'/></disk>"
    return f"<domain type='test'><name>user</name><memory>1024</memory><os><type>hvm</type></os><devices>{disk}</devices></domain>"


@pytest.mark.parametrize("meant", ["used", "beside", "elsewhere"])
def test_a_volume_that_a_machine_uses_is_not_deleted(driver: Driver, meant: str) -> None:
    handler: Any = LibvirtProvider.open("here", Host(uri="test:///default")).handlers["Volume"]
    made = handler.create(STAMP, handler.check(Volume.model_validate({"size": "1MiB"})), Context())
    path = {"used": made.path, "beside": f"{made.path}.old", "elsewhere": f"/x{made.path}"}[meant]
    domain = driver.connection.call("define", lambda libvirt: libvirt.defineXML(_domain(path)))
    reference = made.name
    if meant == "used":
        with pytest.raises(HostError, match=f"the volume {reference} is in use by user"):
            handler.delete(made.id, Context())
        assert reference.rpartition("/")[2] in driver.volumes()
        domain.undefine()
    handler.delete(made.id, Context())
    assert driver.volumes() == []
    handler.delete(made.id, Context())
