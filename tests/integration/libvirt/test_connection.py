"""The way to a daemon: missing, hanging, killed, cut off, over SSH."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab
from tests.ssh_lab import SshServer
from tests.waiting import PATIENCE, until

from virtwright.errors import InputError, WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection import line
from virtwright.providers.libvirt.connection.address import address_of
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import GoneError, UnreachableError
from virtwright.providers.libvirt.connection.library import hear_now
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host, SshSettings

pytestmark = pytest.mark.root


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshServer]:
    with SshServer(tmp_path / "sshd") as server:
        yield server


def over_ssh(server: SshServer, socket: object, driver: str = "qemu") -> Host:
    settings = SshSettings(known_hosts=str(server.known_hosts), identity_file=str(server.identity))
    query = f"?socket={socket}" if socket else ""
    return Host(uri=f"{driver}+ssh://root@127.0.0.1:{server.port}/system{query}", ssh=settings)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process's folder for temporary files. Its name is longer than that of a socket may be."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def name_of(libvirt: Any) -> str:
    return str(libvirt.getHostname())


def test_a_daemon_that_is_not_there_is_named(tmp_path: Path) -> None:
    connection = LibvirtConnection("one", Host(uri=f"qemu+unix:///system?socket={tmp_path}/none"))
    with pytest.raises(UnreachableError, match="No such file") as caught:
        connection.call("look", name_of)
    assert "virsh --connect qemu+unix" in str(caught.value.hint)
    assert not caught.value.sent


def test_what_libvirt_says_is_said_in_virtwrights_words(
    libvirt_daemon: LibvirtLab, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(GoneError, match="could not find the machine db: Domain not found"):
        libvirt_daemon.connection.call("find the machine db", lambda libvirt: libvirt.lookupByName("db"))
    assert capfd.readouterr() == ("", "")


def test_a_daemon_that_hangs_is_waited_for_until_the_deadline(libvirt_daemon: LibvirtLab) -> None:
    connection = LibvirtConnection("one", Host(uri=libvirt_daemon.uri))
    assert connection.call("look", name_of)
    with libvirt_daemon.paused():
        with pytest.raises(WaitTimeoutError, match=r"did not answer within 0\.5s"):
            connection.call("look", name_of, timeout=0.5)
        with pytest.raises(WaitTimeoutError, match="did not answer"):
            connection.call("look", name_of, Context(deadline=time.monotonic() + 0.5))
    assert connection.call("look", name_of)
    connection.close()


def test_a_killed_daemon_is_reached_again_and_only_reads_are_repeated(libvirt_lab: LibvirtLab) -> None:
    connection = LibvirtConnection("one", Host(uri=libvirt_lab.uri))
    connection.call("look", name_of)
    hear_now()  # that the line ends is noticed by the loop, which would run in a second
    libvirt_lab.restart()
    assert connection.call("look", name_of)

    tries: list[int] = []

    def dies_once(libvirt: Any) -> str:
        tries.append(1)
        if len(tries) == 1:
            libvirt_lab.restart()
        return name_of(libvirt)

    with pytest.raises(UnreachableError, match="broke") as caught:
        connection.call("change", dies_once)
    assert caught.value.sent and len(tries) == 1
    tries.clear()
    assert connection.call("look", dies_once, repeatable=True)
    assert len(tries) == 2
    connection.close()


def test_many_calls_at_once_share_lines_that_stay_alive(libvirt_daemon: LibvirtLab) -> None:
    connection = LibvirtConnection("one", Host(uri=libvirt_daemon.uri))
    together, most = threading.Barrier(8), []

    def work(libvirt: Any) -> None:
        together.wait(120)
        most.append(id(libvirt))

    threads = [threading.Thread(target=connection.call, args=("meet", work)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(most.count(each) for each in set(most)) == [4, 4]
    connection.close()


def test_calls_end_while_a_line_is_opened(libvirt_daemon: LibvirtLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take as long as a daemon hangs."""
    monkeypatch.setattr(line, "_OPENING", 600.0)
    connection = LibvirtConnection("one", Host(uri=libvirt_daemon.uri))
    together, end = threading.Barrier(5), threading.Event()

    def work(_: Any) -> None:
        together.wait(PATIENCE)
        end.wait(PATIENCE)

    full = [threading.Thread(target=connection.call, args=("wait", work)) for _ in range(4)]
    more = threading.Thread(target=connection.call, args=("look", name_of), kwargs={"timeout": 600.0})
    for thread in full:
        thread.start()
    together.wait(PATIENCE)
    with libvirt_daemon.paused():
        more.start()
        until("a line is opened", connection._opening.locked)
        with pytest.raises(WaitTimeoutError, match=r"can't be reached: it did not answer within 0\.5s"):
            connection.call("look", name_of, timeout=0.5)
        end.set()
        for thread in full:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in full)
        assert more.is_alive()
    more.join(PATIENCE)
    assert connection.call("look", name_of)
    connection.close()


def test_facts_over_ssh_leave_nothing_behind(libvirt_daemon: LibvirtLab, ssh: SshServer, temporary: Path) -> None:
    provider = LibvirtProvider.open("one", over_ssh(ssh, libvirt_daemon.socket))
    facts = {fact.name: fact for fact in provider.facts()}
    assert facts["socket"].value == str(libvirt_daemon.socket)
    assert facts["libvirt"].ok and facts["driver"].value.startswith("QEMU")
    assert facts["login"].value == "root"
    until("nothing is left", lambda: not [*temporary.iterdir()])
    assert ssh.logins == 1
    provider.close()


def test_a_host_without_a_daemon_is_told_over_ssh(ssh: SshServer, temporary: Path) -> None:
    for socket, message in (("", "no daemon listens on /run/libvirt/virtqemud-sock or"), ("/run/none", "No such file")):
        connection = LibvirtConnection("one", over_ssh(ssh, socket))
        with pytest.raises(UnreachableError, match=message) as caught:
            connection.call("look", name_of)
        assert f"ssh -p {ssh.port} root@127.0.0.1 virsh version" in str(caught.value.hint)
        connection.close()
    until("nothing is left", lambda: not [*temporary.iterdir()])


def test_a_line_that_is_cut_in_an_upload_leaves_nothing_half_done(
    libvirt_lab: LibvirtLab, ssh: SshServer, tmp_path: Path
) -> None:
    source = tmp_path / "disk.raw"
    with source.open("wb") as file:
        for _ in range(48):
            file.write(os.urandom(1024**2))
    provider = LibvirtProvider.open("one", over_ssh(ssh, libvirt_lab.socket))
    images = libvirt_lab.folder / "lib/images"

    cuts: list[float] = []

    def cut(message: str, fraction: float | None = None) -> None:
        if not cuts and fraction is not None and fraction > 0.1:
            cuts.append(fraction)
            ssh.cut()

    inputs: dict[str, Any] = {"source": {"file": str(source)}, "format": "raw"}
    with pytest.raises(UnreachableError, match=r"could not send the image shop_prod_base_.*broke"):
        Made(provider, "Image", "base", Context(progress=cut), **inputs)
    assert cuts
    assert list(images.iterdir()) == []
    base = Made(provider, "Image", "base", **inputs)
    assert (images / base.outputs.reference.rpartition("/")[2]).stat().st_size == source.stat().st_size
    provider.close()


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("qemu://kvm1/system", "names a host but no way to it"),
        ("qemu+ssh:///system", "names no host"),
        ("qemu:///elsewhere", "has a path that qemu has not"),
        ("qemu+tls://kvm1/system", "is none of libvirt's"),
        ("qemu+ssh://kvm1/system?keyfile=/root/key", "keyfile"),
        ("qemu+unix:///system?socket=here", "is no path"),
    ],
)
def test_a_uri_that_means_nothing_is_refused(uri: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        address_of(Host(uri=uri))
    assert caught.value.hint
