"""Typing ``virtwright console``, ``ssh`` and ``exec``: for a machine on a libvirt host that is reached over SSH, a real guest at its
console and a real sshd at its address, which nothing but its host reaches; and for a system container."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from tests.e2e.cli.terminal import Terminal
from tests.e2e.operator_lab import Operator
from tests.guests.booting import boot
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab
from tests.ssh_lab import SshServer, keygen, public
from tests.waiting import until

__all__ = ["libvirt_daemon", "libvirt_lab"]
pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600)]

_ADDRESS = "10.46.0.10"
_STACK = """\
stack: shop
hosts:
  kvm: {uri: "qemu+ssh://root@kvmhost:HOSTPORT/system?socket=SOCKET"}
networks:
  back: {cidr: 10.46.0.0/24}
vms:
  db:
    memory: 192MiB
    boot: {kernel: KERNEL, initrd: INITRD, cmdline: "CMDLINE"}
    networks: [{network: back, address: 10.46.0.10}]
    cloud_init: {users: [{name: root, ssh_authorized_keys: ["PUBLIC"]}]}
    libvirt: {type: qemu}
    shutdown_timeout: 0
"""
_CONTAINER = """\
stack: shop
hosts: {here: {uri: "HOST"}}
networks: {back: {cidr: 10.47.0.0/24}}
vms:
  db:
    image: host
    networks: [{network: back, address: 10.47.0.10}]
    cloud_init:
      users: [{name: bob, ssh_authorized_keys: ["PUBLIC"]}]
      runcmd: ["mkdir -p /run/sshd && ssh-keygen -A && /usr/sbin/sshd"]
    wait_for: {ssh: true, timeout: 120s}
"""
_CONFIG = """\
Host kvmhost
    ProxyCommand nsenter --target=PID --net busybox nc 127.0.0.1 %p
    UserKnownHostsFile HOME/.ssh/hosts
    IdentityFile HOME/.ssh/own
Host 10.46.0.10
    UserKnownHostsFile HOME/.ssh/guests
    StrictHostKeyChecking accept-new
    HashKnownHosts no
"""


@pytest.fixture
def shop(operator: Operator, libvirt_lab: LibvirtLab, tmp_path: Path) -> Iterator[Operator]:
    """The stack is applied. Both servers run beside the daemon, in its network; the guest itself takes no address."""
    place = [*libvirt_lab.enter()[:2], "--net"]
    with ExitStack() as stack:
        host = stack.enter_context(SshServer(tmp_path / "host", place=place))
        _configure(operator, libvirt_lab, host)
        kernel = boot("guest.silent")
        words = {
            "HOSTPORT": str(host.port),
            "SOCKET": str(libvirt_lab.socket),
            "KERNEL": kernel["kernel"],
            "INITRD": kernel["initrd"],
            "CMDLINE": kernel["cmdline"],
            "PUBLIC": public(host.identity),
        }
        text = _STACK
        for word, value in words.items():
            text = text.replace(word, value)
        operator.write(text, "shop.yaml")
        operator.type("apply", "shop.yaml", "--yes")
        bridge = libvirt_lab.api.networkLookupByName("shop_back").bridgeName()
        libvirt_lab.run("ip", "address", "add", f"{_ADDRESS}/32", "dev", bridge)
        guest = SshServer(tmp_path / "guest", {"ListenAddress": _ADDRESS}, port=22, place=place)
        stack.enter_context(guest)
        guest.authorize(host.identity)
        yield operator


def _configure(operator: Operator, lab: LibvirtLab, host: SshServer) -> None:
    """A home, in which the system's ``ssh`` looks, too."""
    home = operator.folder / "home"
    (home / ".ssh").mkdir(parents=True)
    text = _CONFIG.replace("PID", str(lab.init)).replace("HOME", str(home))
    (home / ".ssh/config").write_text(text)
    (home / ".ssh/hosts").write_text(f"[kvmhost]:{host.port} {public(host.host_key())}\n")
    for suffix in ("", ".pub"):
        shutil.copy(f"{host.identity}{suffix}", home / f".ssh/own{suffix}")
    operator.live_in(home)


def _answers(terminal: Terminal) -> bool:
    """What is typed before the shell reads is lost."""
    terminal.send("echo $((6 * 7))nd\n")
    try:
        terminal.wait_for("42nd", 2)
    except AssertionError:
        return False
    return True


def test_a_machine_is_entered_through_its_host(shop: Operator) -> None:
    said = shop.type("ssh", "db", "--", "sh", "-c", 'echo "$SSH_CONNECTION|$1"; exit 3', "sh", "a  b", code=3)
    assert said.out.split()[2] == _ADDRESS and said.out.rstrip().endswith("|a  b")
    assert "shop-db-" in (shop.folder / "home/.ssh/guests").read_text(), "its key is kept under its own name"
    assert shop.type("exec", "-i", "db", "--", "cat", stdin="through\n").out == "through\n", "without an agent"
    refused = shop.type("host", "forward", "kvm", f"{_ADDRESS}:1", code=1)
    assert f"kvm did not lead on to {_ADDRESS} port 1" in refused.err

    until("it has booted", lambda: "guest is up" in shop.type("logs", "db").out)
    with Terminal(shop, "console", "db") as terminal:
        terminal.wait_for("The escape key is ^]")
        until("its shell answers", lambda: _answers(terminal))
        with Terminal(shop, "console", "db", "--escape", "^X") as other:
            other.wait_for("somebody is at the console")
            assert other.finish() == 1
        terminal.send("\x1d")
        terminal.wait_for("Disconnected")
        assert terminal.finish() == 0


def test_a_system_container_is_entered_as_its_first_user(operator: Operator, tmp_path: Path) -> None:
    home = operator.folder / "home"
    (home / ".ssh").mkdir(parents=True)
    key = public(keygen(home / ".ssh/own"))
    operator.write(_CONTAINER.replace("PUBLIC", key))
    operator.type("apply", "--yes")
    known = f"UserKnownHostsFile={tmp_path}/known"
    somebody = replace(operator, environment={**operator.environment})
    somebody.live_in(home)
    said = somebody.type("ssh", "db", "-o", known, "-o", "StrictHostKeyChecking=accept-new", "--", "id", "-un")
    assert said.out == "bob\n"
    with Terminal(operator, "console", "db") as terminal:
        terminal.wait_for("has no serial console")
        assert terminal.finish() == 1
    assert "can't be exported" in operator.type("export", "db", "db.machine", code=1).err
