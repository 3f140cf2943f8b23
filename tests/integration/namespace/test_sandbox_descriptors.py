"""No file descriptor of the host is open where a path of the container's choice is followed, as in CVE-2024-21626."""

from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.providers.namespace.sandbox.rootfs import writable_layer
from virtwright.providers.namespace.sandbox.spec import HOST, FileContent, HealthCheck, MountPoint
from virtwright.providers.namespace.supervisor import status

pytestmark = pytest.mark.root
BOTH = pytest.mark.parametrize("mapped", [True, False], ids=["mapped ids", "host ids"])
NUMBERS = range(3, 20)
"""Of the descriptors that a process has while it builds a sandbox, and some more."""


@BOTH
@pytest.mark.parametrize("layer", ["image", "host"])
def test_no_descriptor_is_a_working_folder(sandboxes: SandboxLab, mapped: bool, layer: str) -> None:
    layers = (HOST,) if layer == "host" else (str(sandboxes.busybox),)
    for number in NUMBERS:
        folder = f"/proc/self/fd/{number}"
        spec = sandboxes.spec("true", id=f"c{number}", cwd=folder, layers=layers, user_namespace=mapped)
        with pytest.raises(HostError, match=f"enter the working folder {folder}"):
            sandboxes.start(spec)


def test_no_folder_is_made_below_a_descriptor(sandboxes: SandboxLab) -> None:
    """The layers of an image are shared by all of its containers."""
    before = sorted(sandboxes.busybox.iterdir())
    for number in NUMBERS:
        spec = sandboxes.spec("true", id=f"c{number}", cwd=f"/proc/self/fd/{number}/planted")
        with pytest.raises(HostError, match="enter the working folder"):
            sandboxes.start(spec)
        assert not list(Path(spec.folder).rglob("planted"))
    assert sorted(sandboxes.busybox.iterdir()) == before


@pytest.mark.parametrize("at", ["image", "volume"])
def test_no_link_to_a_descriptor_is_a_working_folder(sandboxes: SandboxLab, tmp_path: Path, at: str) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for number in NUMBERS:
        (links / f"l{number}").symlink_to(f"/dev/fd/{number}")
    layers = (str(sandboxes.busybox), *((str(links),) if at == "image" else ()))
    points = (MountPoint(str(links), "/links"),) if at == "volume" else ()
    for number in NUMBERS:
        folder = f"/l{number}" if at == "image" else f"/links/l{number}"
        with pytest.raises(HostError, match="enter the working folder"):
            sandboxes.start(sandboxes.spec("true", id=f"c{number}", cwd=folder, layers=layers, mounts=points))


def test_a_folder_outside_of_the_root_is_no_working_folder(sandboxes: SandboxLab) -> None:
    """What is mounted nowhere is seen through a descriptor of the container's own program, too."""
    code = """
import os, time
os.mkdir("/gone"), os.chdir("/gone"), os.rmdir("/gone")
print("ready", flush=True)
time.sleep(600)
"""
    folder = sandboxes.start(sandboxes.spec("/usr/bin/python3", "-c", code, layers=(HOST,)))
    sandboxes.until_logged(folder, "ready")
    assert sandboxes.enter(folder, "true", cwd="/proc/1/cwd") == 126


@BOTH
def test_no_descriptor_is_a_working_folder_of_a_command(
    sandboxes: SandboxLab, capfd: pytest.CaptureFixture[str], mapped: bool
) -> None:
    folder = sandboxes.start(sandboxes.spec("sleep", "600", user_namespace=mapped))
    for number in range(3, 9):
        assert sandboxes.enter(folder, "true", cwd=f"/proc/self/fd/{number}") == 126
        assert f"enter the working folder /proc/self/fd/{number}" in capfd.readouterr().err


@BOTH
def test_the_shim_holds_no_folder_that_a_health_check_could_enter(sandboxes: SandboxLab, mapped: bool) -> None:
    check = HealthCheck(("true",), interval=0.05, timeout=60, retries=1)
    spec = sandboxes.spec("sleep", "600", layers=(HOST,), healthcheck=check, user_namespace=mapped)
    folder = sandboxes.start(spec)
    sandboxes.until(folder, lambda now: now.health == "healthy")
    shim = status(folder).shim
    assert shim is not None
    opened = list(Path(f"/proc/{shim.pid}/fd").iterdir())
    assert opened
    assert [entry for entry in opened if entry.is_dir()] == []


@pytest.mark.parametrize("table", ["passwd", "group"])
def test_no_descriptor_is_a_table_of_users(sandboxes: SandboxLab, tmp_path: Path, table: str) -> None:
    for number in NUMBERS:
        layer = tmp_path / f"layer{number}/etc"
        layer.mkdir(parents=True)
        (layer / table).symlink_to(f"/proc/self/fd/{number}/etc/{table}")
        layers = (str(sandboxes.busybox), str(layer.parent))
        user = "root" if table == "passwd" else "0:root"
        with pytest.raises(HostError, match=r"there is no (user|group) root"):
            sandboxes.start(sandboxes.spec("true", id=f"c{number}", layers=layers, user=user))


def test_no_descriptor_is_where_files_are_written(sandboxes: SandboxLab) -> None:
    for number in NUMBERS:
        files = (FileContent(f"/proc/self/fd/{number}/planted", "x"),)
        spec = sandboxes.spec("sleep", "600", id=f"c{number}", files=files)
        try:
            sandboxes.start(spec)
        except HostError as error:
            assert "can't write the files" in str(error)
        assert {path.parent for path in Path(spec.folder).rglob("planted")} <= {writable_layer(spec.folder)}
    assert not Path("/planted").exists()
    assert not (sandboxes.busybox / "planted").exists()


@BOTH
@pytest.mark.parametrize("init", ["none", "system"])
def test_a_program_has_no_descriptor_but_its_streams(sandboxes: SandboxLab, mapped: bool, init: str) -> None:
    folder = sandboxes.start(sandboxes.spec("sleep", "600", init=init, user_namespace=mapped))
    process = status(folder).process
    assert process is not None
    expected = {"0", "1", "2"}
    until("it has no other", lambda: {entry.name for entry in Path(f"/proc/{process.pid}/fd").iterdir()} == expected)
    if init == "none":
        assert Path(f"/proc/{process.pid}/fd/0").readlink() == Path("/dev/null")
