"""Volumes as libvirt makes them of the inputs, with the marks beside them: on its test driver, inside this process.

``make golden`` writes the files anew (``tests/golden.py``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases
from tests.model_fields import unseen

from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.storage.glance import Glance
from virtwright.providers.libvirt.storage.pool_check import PoolCheck
from virtwright.providers.libvirt.volumes.handler import VolumeHandler
from virtwright.schemas.host import Host
from virtwright.schemas.volume import Volume

CASES: Final = Cases(Path(__file__).parent / "golden", made=(".xml",))
POOL: Final = "<pool type='dir'><name>fast</name><target><path>/fast</path></target></pool>"
BASE: Final = Volume(size=4 * 1024**2)
NOT_IN_A_VOLUME: Final = {
    "labels", "libvirt.xml", "source.content",  # refused: the last by the test driver alone
    "docker.driver", "docker.options",  # nothing on a libvirt host
    "existing",  # nothing is made
}  # fmt: skip


def stamp(name: str) -> Stamp:
    return Stamp("shop/shop", f"urn:pulumi:shop::shop::virtwright:index:Volume::{name}", "op", "0f" * 8)


class Maker:
    """The handler of a host that has two pools and a volume, ``base``."""

    def __init__(self) -> None:
        self._host = LibvirtConnection("here", Host(uri="test:///default"))
        self._handler = VolumeHandler(self._host, Glance(self._host), PoolCheck(self._host))
        self._host.call("make a pool", lambda libvirt: libvirt.storagePoolCreateXML(POOL))
        self._create("base", BASE)

    def made_of(self, inputs: Volume) -> str:
        """All volumes that are there besides. They are removed again."""
        before = self._volumes()
        id = self._create("data", inputs)
        made = [xml for name, xml in sorted(self._volumes().items()) if name not in before]
        self._handler.delete(id, Context())
        assert self._volumes() == before
        return "".join(made)

    def _create(self, name: str, inputs: Volume) -> str:
        return self._handler.create(stamp(name), self._handler.check(inputs), Context()).id

    def _volumes(self) -> dict[str, str]:
        def told(libvirt: Any) -> dict[str, str]:
            return {
                each.key(): each.XMLDesc() for pool in libvirt.listAllStoragePools() for each in pool.listAllVolumes()
            }

        found: dict[str, str] = self._host.call("list", told)
        return found

    def close(self) -> None:
        def sweep(libvirt: Any) -> None:
            for pool in libvirt.listAllStoragePools():
                for each in pool.listAllVolumes():
                    each.delete()
            libvirt.storagePoolLookupByName("fast").destroy()

        self._host.call("sweep", sweep)
        self._host.close()


@pytest.fixture(scope="module")
def maker() -> Iterator[Maker]:
    pytest.importorskip("libvirt")
    made = Maker()
    yield made
    made.close()


def given(name: str) -> Volume:
    return Volume.model_validate(CASES.read(name))


@pytest.mark.parametrize("name", CASES.names())
def test_a_volume_is_the_golden_one(name: str, maker: Maker) -> None:
    CASES.check(name, maker.made_of(given(name)))


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


def test_each_field_shows_in_a_volume(maker: Maker) -> None:
    def made(inputs: Volume) -> str:
        origin = inputs.source is not None and (inputs.source.clone or inputs.source.image)
        return maker.made_of(inputs) if inputs.size or inputs.backing or origin else ""

    assert unseen(Volume, map(given, CASES.names()), made) == NOT_IN_A_VOLUME
