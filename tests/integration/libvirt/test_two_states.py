"""Two states that begin the same volume at once: libvirt itself would let the one that fails remove the other's."""

from dataclasses import replace

import pytest
from tests.integration.libvirt.handlers import stamp
from tests.libvirt_lab import LibvirtLab

from virtwright.providers.context import Context
from virtwright.providers.libvirt.storage.making import begin
from virtwright.providers.libvirt.storage.marks import Begun, read
from virtwright.providers.taken import TakenError

pytestmark = pytest.mark.root
FIRST = replace(stamp("Volume", "data", "1" * 16), identity="a" * 16)
SECOND = replace(stamp("Volume", "data", "2" * 16), identity="b" * 16)


def test_the_second_to_begin_is_refused_before_there_is_a_volume(libvirt_lab: LibvirtLab) -> None:
    begin(libvirt_lab.api, FIRST, None, "qcow2", context=Context())
    with pytest.raises(TakenError, match=FIRST.identity):
        begin(libvirt_lab.api, SECOND, None, "qcow2", context=Context())
    pool = libvirt_lab.api.storagePoolLookupByName("default")
    marks = [mark.said for each in pool.listAllVolumes() if (mark := read(each.name(), "default")) is not None]
    assert marks == [Begun(FIRST.operation, FIRST.urn, FIRST.identity)]
