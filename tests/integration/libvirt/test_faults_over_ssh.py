"""What can be wrong on the way to a libvirt host over SSH: each is a clear error, or is got over. The transport itself is tested in
``tests/integration/ssh``; here, that nothing of it is lost between it and libvirt."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.accounts import pretend
from tests.bad_line import BadLine
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab
from tests.ssh_lab import SshServer, keygen, public

from virtwright.errors import HostError
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host, SshSettings

pytestmark = pytest.mark.root


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with SshServer(tmp_path / "sshd") as server:
        yield server


@contextmanager
def opened(lab: LibvirtLab, server: SshServer, port: int | None = None, **ssh: Any) -> Iterator[LibvirtProvider]:
    known = {"known_hosts": str(server.known_hosts), "identity_file": str(server.identity)}
    uri = f"qemu+ssh://root@127.0.0.1:{port or server.port}/system?socket={lab.socket}"
    provider = LibvirtProvider.open("kvm", Host(uri=uri, ssh=SshSettings(**{**known, **ssh})))
    try:
        yield provider
    finally:
        provider.close()


def look(provider: LibvirtProvider) -> None:
    assert list(provider.handlers["Network"].observe("shop/prod")) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [("", "is not known"), ("[127.0.0.1]:{port} {other}\n", "has changed")],
    ids=["unknown", "changed"],
)
def test_a_host_key_that_is_unknown_or_another(
    line: str, message: str, libvirt_daemon: LibvirtLab, server: SshServer, tmp_path: Path
) -> None:
    """The error shows the fingerprint, and what it says to do helps."""
    known = tmp_path / "known_hosts"
    known.write_text(line.format(port=server.port, other=public(keygen(tmp_path / "other"))))
    with opened(libvirt_daemon, server, known_hosts=str(known)) as provider:
        with pytest.raises(HostError, match=message) as caught:
            look(provider)
        assert "SHA256:" in caught.value.message and str(known) in caught.value.message
        for command in (caught.value.hint or "").splitlines():
            if command.startswith("    "):
                subprocess.run(["sh", "-c", command], check=True, capture_output=True, timeout=120)
        look(provider)


def test_hashed_names_and_a_port_of_its_own(libvirt_daemon: LibvirtLab, server: SshServer) -> None:
    subprocess.run(["ssh-keygen", "-H", "-f", str(server.known_hosts)], check=True, capture_output=True, timeout=120)
    assert "127.0.0.1" not in server.known_hosts.read_text()
    with opened(libvirt_daemon, server) as provider:
        look(provider)


def test_an_agent_that_is_missing(
    libvirt_daemon: LibvirtLab, server: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    pretend(monkeypatch, tmp_path)
    with opened(libvirt_daemon, server) as provider:
        look(provider)
    with opened(libvirt_daemon, server, identity_file=None) as provider, pytest.raises(HostError) as caught:
        look(provider)
    assert f"the agent at {tmp_path / 'gone'}" in caught.value.message


def test_through_another_host(libvirt_daemon: LibvirtLab, server: SshServer, tmp_path: Path) -> None:
    with SshServer(tmp_path / "gate") as gate:
        known = tmp_path / "both"
        known.write_text(server.known_hosts.read_text() + gate.known_hosts.read_text())
        gate.authorize(server.identity)
        jump = f"root@127.0.0.1:{gate.port}"
        with opened(libvirt_daemon, server, jump=jump, known_hosts=str(known)) as provider:
            look(provider)
        assert gate.logins == server.logins == 1


@pytest.mark.parametrize("option", ["AllowStreamLocalForwarding", "DisableForwarding"])
def test_where_nothing_is_forwarded(option: str, libvirt_lab: LibvirtLab, tmp_path: Path) -> None:
    """A program on the host stands between: for calls, and for what is sent through streams."""
    value = "yes" if option.startswith("Disable") else "no"
    source = tmp_path / "disk.raw"
    source.write_bytes(b"content of a disk" * 100_000)
    with SshServer(tmp_path / "strict", {option: value}) as strict, opened(libvirt_lab, strict) as provider:
        look(provider)
        Made(provider, "Image", "base", source={"file": str(source)}, format="raw")
    (image,) = (libvirt_lab.folder / "lib/images").glob("*.raw")
    assert image.read_bytes() == source.read_bytes()


def test_a_line_that_falls_silent(libvirt_lab: LibvirtLab, server: SshServer, tmp_path: Path) -> None:
    """Half open: nothing comes back, and nobody says so. What only reads goes on over another line; what may have been done is an
    error that says so."""
    with BadLine(server.port) as bad:
        known = tmp_path / "known_hosts"
        known.write_text(f"[127.0.0.1]:{bad.port} {public(server.host_key())}\n")
        with opened(libvirt_lab, server, bad.port, known_hosts=str(known), keepalive=1) as provider:
            look(provider)
            bad.go_silent()
            look(provider)
            assert bad.connections == 2
            bad.go_silent()
            with pytest.raises(HostError, match=r"silent|broke"):
                Made(provider, "Network", "front", cidr="10.76.0.0/24")
            assert bad.connections < 4, "it was not tried again blindly"
            look(provider)
            Made(provider, "Network", "front", cidr="10.76.0.0/24")
