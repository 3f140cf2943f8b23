"""The examples that need hypervisors, on the lab's hosts: applied, asked with their own check.py while a machine is lost, destroyed."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from tests import debian_images
from tests.e2e.lab_user import at_home, configure, left_on, remove_routes, route
from tests.e2e.operator_lab import Operator
from tests.e2e.shop_lab import EXAMPLES
from tests.guests import booting, python_guest
from tests.guests.debian_guest import LABEL, debian_image
from tests.guests.on_lab import on_lab
from tests.host_lab import HostLab, LabHost

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(1500)]
PATIENCE: Final = 900
"""Seconds: emulated guests on a machine that does much else take long."""
Prepare = Callable[[str, str], Operator]
GUESTS: Final = ["small", pytest.param("debian", marks=pytest.mark.long)]
"""A small guest, which does what the examples ask of cloud-init, and cloud-init itself in a whole Debian: seven minutes each on two
busy processors."""


@pytest.fixture
def prepare(operator: Operator, host_lab: HostLab) -> Iterator[Prepare]:
    """Copies an example, whose machines boot a guest of the tests instead of a cloud's image."""
    before = [left_on(host) for host in host_lab.hosts]

    def copy(name: str, guest: str) -> Operator:
        subprocess.run(["cp", "-r", f"{EXAMPLES / name}/.", str(operator.folder)], check=True, timeout=60)
        boot = python_guest.boot() if guest == "small" else booting.boot(f"guest.root=LABEL={LABEL}")
        operator.edit("boot: disk", f"boot: {json.dumps(on_lab(host_lab, boot))}")
        image = operator.folder / "image.qcow2"
        if guest == "small":
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(image), "64M"], check=True, timeout=120)
        else:
            image.symlink_to(debian_image())
        at_home(operator, host_lab)
        operator.environment["VIRTWRIGHT_PASSPHRASE"] = "correct horse battery staple"
        configure(operator, {"image": image.name, "type": "qemu", "memory": "256MiB" if guest == "small" else "512MiB"})
        return operator

    yield copy
    operator.type("destroy", "--yes", "--allow-data-loss", "data", patience=PATIENCE)
    for host in host_lab.hosts:
        remove_routes(host)
    assert [left_on(host) for host in host_lab.hosts] == before


@pytest.mark.parametrize("guest", GUESTS)
def test_a_cluster_on_two_hosts(guest: str, prepare: Prepare, host_lab: HostLab) -> None:
    east, west = host_lab.hosts
    operator = prepare("cluster", guest)
    configure(operator, {"east": east.libvirt_uri, "west": west.libvirt_uri})
    route(east, "10.61.1.0/24", west)
    route(west, "10.61.0.0/24", east)
    operator.type("apply", "--yes", patience=PATIENCE)
    first, lost, third = operator.type("output", "nodes").out.split()
    operator.type("plan", "--exit-code")
    assert "3 nodes answer 1, which 3 keep" in _check(operator, west, first, lost, third)

    west.run(["virsh", "destroy", "cluster_west-0"])
    assert "2 nodes answer 2, which 2 keep" in _check(operator, east, first, third)
    assert "vms.west-0" in operator.type("plan", "--exit-code", code=2).out


def _check(operator: Operator, host: LabHost, *nodes: str) -> str:
    """The example's ``check.py``, on a host, as its README says."""
    script = (operator.folder / "check.py").read_text()
    return host.run(["python3", "-", *nodes], input=script, timeout=PATIENCE).stdout


@pytest.mark.parametrize("guest", GUESTS)
def test_machines_and_containers_together(guest: str, prepare: Prepare, host_lab: HostLab) -> None:
    kvm, docker = host_lab.hosts
    operator = prepare("app-and-database", guest)
    configure(operator, {"kvm": kvm.libvirt_uri, "docker": docker.docker_uri, "password": "of-the-tests"})
    route(docker, "10.62.0.0/24", kvm)
    _python_image(docker)
    operator.type("apply", "--yes", patience=PATIENCE)
    operator.type("plan", "--exit-code")
    check = [str(operator.folder / "check.py"), docker.address]
    assert "keeps 1 notes" in operator.run(*check).out

    kvm.run(["virsh", "destroy", "notes_database"])
    assert "the database does not answer" in operator.run(*check, code=1).err
    said = operator.type("apply", "--yes", patience=PATIENCE).out
    assert "vms.database" in said and "containers.app" not in said
    assert "keeps 2 notes" in operator.run(*check).out


def _python_image(host: LabHost) -> None:
    """The base image of the example, on a host that can pull nothing. It stays there for other tests of the lab."""
    shared = host.root / "srv/shared/python.tar"
    shared.write_bytes(debian_images.python_root())
    host.run(["docker", "import", "/srv/shared/python.tar", "python:3.13-slim"], timeout=300)
    shared.unlink()
