"""The lab's hosts are hosts: reached by SSH, each with its own Docker and its own libvirt, and sturdy."""

import json
import socket
from collections.abc import Iterator

import pytest
from tests.host_lab import HostLab, LabHost
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.process import run

pytestmark = pytest.mark.root
DOMAIN = """<domain type='qemu'><name>tiny</name><memory unit='MiB'>64</memory>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><serial type='file'><source path='/var/log/libvirt/qemu/tiny.serial'/></serial></devices></domain>"""


@pytest.fixture
def pair(host_lab: HostLab) -> tuple[LabHost, LabHost]:
    first, second = host_lab.hosts
    return first, second


@pytest.fixture
def tiny(pair: tuple[LabHost, LabHost]) -> Iterator[LabHost]:
    """A domain with nothing to boot runs on the first host."""
    pair[0].run(["virsh", "create", "/dev/stdin"], input=DOMAIN)
    yield pair[0]
    for host in pair:
        host.run(["virsh", "destroy", "tiny"], check=False)


def test_each_is_somebody_else(pair: tuple[LabHost, LabHost]) -> None:
    facts = [
        (
            host.ssh("hostname").stdout,
            host.sh("cat /etc/machine-id"),
            host.sh("cat /etc/ssh/ssh_host_ed25519_key.pub"),
            host.sh("virsh capabilities | grep '<uuid>'"),
            host.sh("docker info --format '{{.ID}}'"),
            host.sh("readlink /proc/self/ns/net"),
        )
        for host in pair
    ]
    assert facts[0][0].strip() == "host-0"
    assert all(one != other and one.strip() for one, other in zip(*facts, strict=True))


def test_ssh_refuses_a_key_that_is_not_the_labs(pair: tuple[LabHost, LabHost]) -> None:
    """Only what the stack names may log in, and the host key is checked: an empty known_hosts is refused."""
    host = pair[0]
    with pytest.raises(HostError, match="Host key verification failed"):
        run(["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null",
             "-i", str(host.ssh_key), f"root@{host.address}", "true"])  # fmt: skip
    with pytest.raises(HostError, match="Permission denied"):
        run(["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={host.known_hosts}",
             "-o", "IdentityAgent=none", "-o", "IdentityFile=none", f"root@{host.address}", "true"])  # fmt: skip


def test_dockers_socket_answers_from_outside(pair: tuple[LabHost, LabHost]) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(pair[1].docker_socket))
        connection.sendall(b"GET /info HTTP/1.0\r\n\r\n")
        with connection.makefile("rb") as answer:
            info = json.loads(answer.read().partition(b"\r\n\r\n")[2])
    assert (info["Name"], info["Driver"]) == ("host-1", "overlay2")


def test_a_domain_starts_and_moves_to_the_other_host_while_it_runs(
    pair: tuple[LabHost, LabHost], tiny: LabHost
) -> None:
    first, second = pair
    there = f"qemu+ssh://root@{second.name}/system"
    assert "tiny" in first.sh("virsh list --name")
    assert first.sh(f"virsh --connect {there} hostname").strip() == second.name
    first.sh(f"virsh migrate --live tiny {there}")
    assert "tiny" not in first.sh("virsh list --name")
    assert "tiny" in second.sh("virsh list --name")
    second.sh("virsh destroy tiny")
    until("its process is reaped", lambda: "(qemu" not in second.sh("cat /proc/[0-9]*/stat", check=False))


def test_a_killed_daemon_is_started_again(host_lab: HostLab, pair: tuple[LabHost, LabHost]) -> None:
    host = pair[1]
    for daemon in ("dockerd", "libvirtd"):
        before = host.pids(daemon)
        host_lab.kill_daemon(host, daemon)
        host_lab.start_daemons(host)
        assert host.pids(daemon) not in ([], before)
    assert host.sh("docker version --format '{{.Server.Version}}'; virsh version").strip()


def test_a_cut_cable_cuts_and_comes_back(host_lab: HostLab, pair: tuple[LabHost, LabHost]) -> None:
    first, second = pair
    reach = ["busybox", "ping", "-c", "1", "-W", "1", second.name]
    until("it is reached", lambda: first.run(reach, check=False).status == 0)
    with host_lab.cut(second):
        assert first.run(reach, check=False).status != 0
        assert second.run(["hostname"]).stdout.strip() == second.name
    until("it is reached again", lambda: first.run(reach, check=False).status == 0)


def test_nothing_of_this_machine_changes_with_a_hosts_settings(pair: tuple[LabHost, LabHost]) -> None:
    """Filters, forwarding and interfaces that Docker and libvirt make stay in the host's own network."""
    rules = run(["iptables-save"]).stdout
    pair[0].sh("iptables -N LAB_PROOF; ip link add lab-proof type bridge; echo 0 > /proc/sys/net/ipv4/ip_forward")
    try:
        assert "LAB_PROOF" not in run(["iptables-save"]).stdout
        assert "lab-proof" not in run(["ip", "-o", "link"]).stdout
        assert rules.count("LAB_") == 0
    finally:
        pair[0].sh("iptables -X LAB_PROOF; ip link del lab-proof; echo 1 > /proc/sys/net/ipv4/ip_forward")
