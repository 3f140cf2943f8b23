"""What tests of every folder can ask for."""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.host_lab import HostLab

_HELPERS: Final = {f"tests.{each.stem}" for each in Path(__file__).parent.glob("*.py")} - {
    "tests.__init__",
    "tests.conftest",
}
pytest.register_assert_rewrite(*_HELPERS - sys.modules.keys())  # also what is no test itself says what it saw
settings.register_profile("busy", deadline=None)  # other tests run beside: how long an example takes tells nothing
settings.load_profile("busy")
_MEMORY: Final = Path("/dev/shm")
_ENOUGH: Final = 6 << 30
"""Bytes that must be free there."""


def pytest_configure(config: pytest.Config) -> None:
    """Folders of tests lie in memory where there is room: states are synced to disk thousands of times.

    What tests start can be interrupted also where the tests run in the background of a shell, which has them ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "TMPDIR" not in os.environ and _MEMORY.is_mount() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None
    config.pluginmanager.import_plugin("tests.seeds")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What a run holds for its whole time, ten thousand tests and what they import, is looked at by no collection of garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes is left to ``make soak``, so that the whole of ``make test`` stays under twenty; what takes long begins early."""
    from tests.order import dealt
    from tests.soak_parts import PART, select

    if part := os.environ.get(PART):
        items[:] = select(items, part)
    soak = int(os.environ.get("VIRTWRIGHT_SOAK", "1")) > 1
    for item in items:
        if item.get_closest_marker("long") and not soak:
            item.add_marker(pytest.mark.skip(reason="takes minutes: make soak"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = dealt(items, workers, _is_slow, _company)


def _is_slow(item: pytest.Item) -> bool:
    return _is_on_lab(item) or (item.get_closest_marker("slow") is not None and item.get_closest_marker("skip") is None)


def _is_on_lab(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "host_lab" in item.fixturenames


def _company(item: pytest.Item) -> tuple[str, object]:
    """They share daemons: of the lab's hosts; of a module, and in it of the provider that is held to the contract."""
    if _is_on_lab(item):
        return "host_lab", None
    callspec = getattr(item, "callspec", None)
    return str(item.path), callspec.params.get("name") if callspec else None


@pytest.fixture(scope="session", autouse=True)
def _shared_hosts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the tests of one process share goes with it."""
    from tests.forks import begin
    from tests.private_hosts import close_shared

    unit = request.config.rootpath / "tests/unit"
    if not all(item.path.is_relative_to(unit) for item in request.session.items):
        begin(tmp_path_factory.getbasetemp() / "keys")
    yield
    close_shared()


@pytest.fixture(scope="session")
def host_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator["HostLab"]:
    """Two real hosts with SSH, Docker and libvirt, for all tests of a worker that ask for them (``tests/host_lab.py``)."""
    from tests.host_lab import host_lab_in

    with host_lab_in(tmp_path_factory.mktemp("lab")) as lab:
        yield lab
