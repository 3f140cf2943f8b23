"""A machine moved by the command line between two real hosts that are reached over SSH, with its volume: what is shown, and what is
told of it later."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.operator_lab import Operator
from tests.host_lab import HostLab

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600)]
_STACK = """
stack: shop
hosts:
{hosts}
networks:
  near: {{cidr: 10.55.0.0/24, host: kvm0}}
  far: {{cidr: 10.56.0.0/24, host: kvm1}}
volumes:
  data: {{size: 4MiB, host: kvm0, protect: true}}
vms:
  db:
    host: kvm0
    memory: 64MiB
    networks: [near]
    disks: [{{volume: data}}, {{size: 2MiB}}]
    libvirt: {{type: qemu}}
    shutdown_timeout: 0s
    protect: true
"""
_HOST = '  kvm{number}: {{uri: "{uri}", ssh: {{identity_file: {key}, known_hosts: {known}}}}}'


@pytest.fixture
def operator(host_lab: HostLab, tmp_path: Path) -> Iterator[Operator]:
    operator = Operator.at(tmp_path)
    hosts = [
        _HOST.format(number=number, uri=host.libvirt_uri, key=host.ssh_key, known=host.known_hosts)
        for number, host in enumerate(host_lab.hosts)
    ]
    operator.write(_STACK.format(hosts="\n".join(hosts)))
    yield operator
    operator.edit("protect: true", "protect: false")
    operator.type("apply", "--yes")
    operator.type("destroy", "--yes", "--allow-data-loss", "data")
    for host in host_lab.hosts:
        assert host.sh("virsh list --all --name").split() == []


def test_it_moves_live_and_back_and_all_is_told(host_lab: HostLab, operator: Operator) -> None:
    first, second = host_lab.hosts
    operator.type("apply", "--yes")
    uuid = first.sh("virsh domuuid shop_db").strip()
    operator.edit("host: kvm0, protect", "host: kvm1, protect")
    operator.edit("    host: kvm0\n", "    host: kvm1\n")
    operator.edit("networks: [near]", "networks: [far]")
    plan = operator.type("plan", "--out", "move.plan").out
    assert "vms.db move live (while it runs)" in plan
    assert "live: it goes on running while its memory and its disks are copied" in plan
    assert "its content comes with the machine that uses it" in plan
    assert "host  kvm0 → kvm1" in plan
    told = operator.type("plan", "--json").events("step-planned")
    steps = {step["step"]["urn"].rsplit("::", 1)[-1]: step["step"] for step in told if step["step"]["op"] != "same"}
    assert {name: (step["op"], step["from_host"], step["host"]) for name, step in steps.items()} == dict.fromkeys(
        ("data", "db"), ("move", "kvm0", "kvm1")
    )
    done = operator.type("apply", "--yes", "move.plan").out
    assert "vms.db moved" in done
    assert first.sh("virsh list --all --name; virsh vol-list default | grep shop_ || true").split() == []
    assert second.sh("virsh domuuid shop_db; virsh domstate shop_db").split() == [uuid, "running"]
    assert "No changes" in operator.type("plan").out
    assert operator.type("state", "show", "db", "--json").json()["host"] == "kvm1"
    history = operator.type("state", "history").out
    assert "moved" in history
    operator.edit("host: kvm1, protect", "host: kvm0, protect")
    operator.edit("    host: kvm1\n", "    host: kvm0\n")
    operator.edit("networks: [far]", "networks: [near]")
    operator.edit("libvirt: {type: qemu}", "libvirt: {type: qemu, move: cold}")
    assert "vms.db move reboot (it is restarted)" in operator.type("plan").out
    operator.type("apply", "--yes")
    assert first.sh("virsh domuuid shop_db; virsh domstate shop_db").split() == [uuid, "running"]
    assert "No changes" in operator.type("plan").out
