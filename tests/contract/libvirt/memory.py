"""libvirt's test driver as a subject: a host in the daemon's memory, with networks, pools and volumes that have no content."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from tests.contract.libvirt import census, changes, copies, harms, machines
from tests.contract.libvirt.items import BACK, DATA, LAYER
from tests.contract.libvirt.subject import at_once
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm, Sample
from tests.libvirt_lab import SHARED, LibvirtLab
from tests.programs import Item

from virtwright.engine.hosts import Opener, open_provider
from virtwright.engine.state.records import ResourceRecord


class TestDriverSubject:
    """The test driver of one daemon, emptied."""

    __test__ = False
    name: ClassVar[str] = "libvirt-test"
    marks: ClassVar[Sequence[pytest.MarkDecorator]] = (pytest.mark.root,)
    samples: ClassVar[Mapping[str, Sample]] = {
        "Network": Sample(BACK),
        "Volume": Sample(DATA),
        "VirtualMachine": Sample(machines.DB, machines.NEEDS, machines.true_outputs),
    }
    changes: ClassVar[Sequence[FieldChange]] = (*changes.ANYWHERE, *machines.changes(machines.DB))
    harms: ClassVar[Sequence[Harm]] = (*harms.ANYWHERE, *machines.harms(machines.DB))
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = (((DATA, LAYER), "data"),)
    broken: ClassVar[Sequence[tuple[Item, ...]]] = ((DATA, Item("Volume", "elsewhere", {"backing": "/nowhere.qcow2"})),)
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = (
        (BACK, DATA, machines.DB),
        (altered(BACK, mtu=1400), DATA, LAYER, altered(machines.DB, cloud_init={"runcmd": ["true"]})),
    )
    failpoints: ClassVar[Sequence[str]] = ("libvirt.network", "libvirt.volume", "libvirt.machine")
    stride: ClassVar[int] = 12

    def __init__(self, folder: Path) -> None:
        self._data: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.lab: LibvirtLab = SHARED.get()
        self.lab.sweep()
        return self

    def __exit__(self, *_: object) -> None:
        """The next test sweeps it, and the last one ends it."""

    @property
    def api(self) -> Any:
        return self.lab.test_api

    @property
    def uri(self) -> str:
        return self.lab.test_uri

    @property
    def opener(self) -> Opener:
        return open_provider

    @property
    def arrive(self) -> Callable[[], None]:
        return at_once

    def census(self) -> Counter[str]:
        return census.test_census(self.api)

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        return census.expected(items, real=False)

    def write_data(self, text: str) -> None:
        """Nothing can be written into the volume: the text is tied to the operation that made it."""
        self._data = {self._operation(): text}

    def read_data(self) -> str | None:
        operation = self._operation()
        return self._data.get(operation) if operation else "precious"

    def _operation(self) -> str:
        names = [each.name() for each in self.api.storagePoolLookupByName("default-pool").listAllVolumes()]
        return next((name for name in names if name.startswith("shop_data.") and name.endswith(".stamp")), "")

    def life(self) -> Sequence[str]:
        return machines.lives(self)

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        if record.kind == "VirtualMachine":
            return copies.copy_machine(self.api, record)
        return copies.copy_network(self.api, record) if record.kind == "Network" else copies.copy_test_pool(self.api)
