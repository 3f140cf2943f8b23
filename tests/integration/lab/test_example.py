"""The example as its README says, typed: killed while it is made, applied again, checked, destroyed with nothing left."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.operator_lab import PROGRAM, Operator
from tests.host_lab import HostLab, LabHost, config, hosts, prepare
from tests.integration.lab.census import Census
from tests.waiting import remaining

from virtwright.process import run
from virtwright.providers.namespace import supervisor

pytestmark = pytest.mark.root


@pytest.mark.slow
def test_the_example_from_a_killed_apply_to_its_end(tmp_path: Path) -> None:
    operator, key = prepare(tmp_path)
    try:
        _apply_and_kill(operator, key, lambda: _booting(operator))
        operator.type("apply", "--yes", *config(operator, key))
        assert operator.names("VirtualMachine") == ["host-0", "host-1"]
        assert operator.names("Volume") == ["docker-0", "docker-1", "libvirt-0", "libvirt-1", "shared"]
        made = hosts(operator, key)
        _check(operator, key, made)
        operator.type("plan", "--exit-code", *config(operator, key))
        for host in made:
            assert all(len(host.pids(daemon)) == 1 for daemon in ("dockerd", "containerd", "libvirtd", "virtlogd"))
            _leave_much_behind(host)
        with closing(Census.of(operator.runtime)) as census:
            assert len(census.left()) > 20
            operator.destroy()
            assert remaining(census.left) == []
    finally:
        operator.sweep()


def _apply_and_kill(operator: Operator, key: Path, moment: Callable[[], bool]) -> None:
    process = operator.start("apply", "--yes", *config(operator, key))
    end = time.monotonic() + 120
    while not moment():
        assert process.poll() is None and time.monotonic() < end, "the moment to kill it at never came"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _check(operator: Operator, key: Path, made: tuple[LabHost, ...]) -> None:
    """The example's own ``check.py``, and what the outputs say."""
    first, second = made
    outputs = operator.type("output", "--json").json()
    assert (outputs["docker_0"], outputs["libvirt_1"]) == (first.docker_uri, second.libvirt_uri)
    env = {**operator.environment, "PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}"}
    check = ["sh", "-c", 'cd "$1" && shift && exec ./check.py "$@"', "sh", str(operator.folder)]
    said = run([*check, str(key), first.address, second.address], env=env, timeout=120).stdout
    assert f"host-1 at {second.address}: Docker " in said
    assert said.count("reaches the others") == 2


def _booting(operator: Operator) -> bool:
    folders = list(operator.runtime.kind_folder("VirtualMachine").glob("*"))
    return [supervisor.status(folder).boot for folder in folders] == ["running", "running"]


def _leave_much_behind(host: LabHost) -> None:
    """A container that ignores SIGTERM, mounts, loop devices on its own file system and on a volume, a process of another
    session, network namespaces and links."""
    host.sh("""
        tar --create --directory / --dereference bin/busybox | docker import - box
        docker run --detach box /bin/busybox sh -c 'trap "" TERM; while :; do /bin/busybox sleep 1; done'
        mkdir -p /mnt/a && mount -t tmpfs none /mnt/a
        for file in /var/tmp/disk /var/lib/libvirt/disk; do truncate -s 1M $file; losetup -f $file; done
        ip netns add inner && ip link add inner0 type veth peer name inner1 netns inner
        setsid sleep 1000 < /dev/null > /dev/null 2>&1 &
    """)


@pytest.mark.slow
@pytest.mark.long
def test_a_host_that_was_killed_comes_back_as_it_was(host_lab: HostLab) -> None:
    """The machine's power is cut: the plan says what is wrong, and apply starts it with its keys, images and domains."""
    host, other = host_lab.hosts
    operator = host_lab.operator
    host.sh("virsh define /dev/stdin <<X\n<domain type='qemu'><name>kept</name><memory>65536</memory>"
            "<os><type>hvm</type></os></domain>\nX")  # fmt: skip
    before = host.sh("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub")
    supervisor.kill(host.folder)
    options = config(operator, host.ssh_key)
    assert "vms.host-0" in operator.type("plan", "--exit-code", *options, code=2).out
    operator.type("apply", "--yes", *options)
    assert host.ssh("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub").stdout == before
    assert host.sh("virsh list --all --name").split() == ["kept"]
    host.sh("virsh undefine kept; docker info")
    assert other.ssh("hostname").stdout.strip() == other.name
