"""Files in no pool, which runs of several stacks reach at once through a pool that any of them ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
from tests.libvirt_lab import LibvirtLab

from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.firmware import has_variables, read_variables
from virtwright.providers.libvirt.storage import folders
from virtwright.providers.libvirt.storage.folders import in_folder
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root
FOLDER = "/var/lib/libvirt/kept"
NAME = "virtwright-test"
PATH = f"{FOLDER}/db_VARS.fd"
POOL = "<pool type='dir'><name>{}</name><target><path>" + FOLDER + "</path></target></pool>"


@pytest.fixture
def runs(libvirt_lab: LibvirtLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[LibvirtConnection]]:
    """Of two processes: what is held in one of them does not keep the other from anything."""
    monkeypatch.setattr(folders, "_one_at_a_time", nullcontext())
    libvirt_lab.run("mkdir", "-p", FOLDER)
    libvirt_lab.run("sh", "-c", f"echo kept > {PATH}")
    opened = [LibvirtConnection(name, Host(uri=libvirt_lab.uri)) for name in ("one", "two")]
    yield opened
    for each in opened:
        each.close()
    libvirt_lab.run("rm", "-r", FOLDER)


def pools(lab: LibvirtLab) -> list[str]:
    return sorted(each.name() for each in lab.api.listAllStoragePools())


def test_two_runs_read_at_once(libvirt_lab: LibvirtLab, runs: list[LibvirtConnection]) -> None:
    def read(run: LibvirtConnection) -> list[bytes | None]:
        return [run.call("read", lambda libvirt: read_variables(libvirt, PATH, Context())) for _ in range(10)]

    before = pools(libvirt_lab)
    with ThreadPoolExecutor(2) as threads:
        assert [*threads.map(read, runs)] == [[b"kept\n"] * 10] * 2
    assert pools(libvirt_lab) == before


def test_what_another_run_ended_is_done_once_more(libvirt_lab: LibvirtLab, runs: list[LibvirtConnection]) -> None:
    ended: list[bool] = []

    def work(pool: Any) -> list[str]:
        if not ended:
            ended.append(True)
            runs[1].call("end it", lambda libvirt: libvirt.storagePoolLookupByName(NAME).destroy())
            return []
        return [each.name() for each in pool.listAllVolumes()]

    found = runs[0].call("look", lambda libvirt: in_folder(libvirt, FOLDER, NAME, work))
    assert (ended, found) == ([True], ["db_VARS.fd"])
    assert NAME not in pools(libvirt_lab)


@pytest.mark.parametrize(("name", "stays"), [("somebody-s", True), ("virtwright-firmware", False)])
def test_a_pool_that_is_there(libvirt_lab: LibvirtLab, runs: list[LibvirtConnection], name: str, stays: bool) -> None:
    """Somebody's stays; one that a killed run has left goes."""
    libvirt_lab.api.storagePoolCreateXML(POOL.format(name))
    libvirt_lab.run("touch", f"{FOLDER}/new_VARS.fd")
    there = runs[0].call("look", lambda libvirt: has_variables(libvirt, f"{FOLDER}/new_VARS.fd"))
    assert (there, name in pools(libvirt_lab)) == (True, stays)
