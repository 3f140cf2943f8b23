"""A real Debian with cloud-init does at its first start what its stack says, and is waited for until it has."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.guests.booting import boot
from tests.guests.debian_guest import LABEL, debian_image
from tests.integration.libvirt.handlers import Made, provider, stamp
from tests.libvirt_lab import LibvirtLab

from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.agent.channel import AgentChannel

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(1500)]
_ADDRESS: Final = "10.75.0.20"
_GREETING: Final = "on: yes ]]> & 'é' $(x)\n"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, timeout=120)
    return path


@pytest.fixture
def machine(libvirt_daemon: LibvirtLab, key: Path) -> Iterator[Made]:
    libvirt_daemon.sweep()
    host = provider(libvirt_daemon)
    network = Made(host, "Network", "front", cidr="10.75.0.0/24", cidr6="fd00:75::/64")
    image = Made(host, "Image", "debian", source={"file": str(debian_image())}, format="qcow2")
    yield Made(host, "VirtualMachine", "db", **_inputs(network.outputs.name, image.outputs.reference, key))
    host.close()
    libvirt_daemon.sweep()


def _inputs(network: str, image: str, key: Path) -> dict[str, Any]:
    return {
        "memory": "512MiB",
        "image": image,
        "boot": boot(f"guest.root=LABEL={LABEL}"),
        "networks": [{"network": network, "address": _ADDRESS, "address6": "fd00:75::20"}],
        "disks": [{"size": "32MiB", "mount": "/srv/data"}],
        "guest_agent": True,
        "libvirt": {"type": "qemu"},
        "cloud_init": {
            "hostname": "db-1",
            "users": [{"name": "op", "uid": 1234, "shell": "/bin/bash", "ssh_authorized_keys": [_public(key)]}],
            "write_files": [{"path": "/etc/greeting", "content": _GREETING, "mode": "0640", "owner": "op"}],
            "runcmd": ["hostname > /srv/data/name", ["cp", "/etc/greeting", "/srv/data/a copy"]],
        },
        "wait_for": {"cloud_init": True, "timeout": "20m"},
        "shutdown_timeout": 0,
    }


def _public(key: Path) -> str:
    return key.with_suffix(".pub").read_text().strip()


def test_a_real_debian_does_what_its_stack_says(libvirt_daemon: LibvirtLab, machine: Made, key: Path) -> None:
    """In one test, as it takes half a minute of a processor to start."""
    _the_first_start_does_what_the_stack_says(libvirt_daemon, machine, key)
    _afterwards_nothing_is_to_be_changed(machine)
    _another_change_makes_it_run_on(libvirt_daemon, machine)
    _another_configuration_means_a_restart(machine)
    _the_seed_is_its_owner_s_alone_and_goes_with_the_machine(libvirt_daemon, machine)


def _the_first_start_does_what_the_stack_says(libvirt_daemon: LibvirtLab, machine: Made, key: Path) -> None:
    agent = AgentChannel(libvirt_daemon.connection, machine.id, "db")
    assert agent.read_file("/srv/data/name") == b"db-1\n"
    assert agent.read_file("/srv/data/a copy") == _GREETING.encode()
    assert b"/srv/data ext4 rw" in (agent.read_file("/proc/mounts") or b"")
    assert b"fd000075000000000000000000000020" in (agent.read_file("/proc/net/if_inet6") or b"")
    said = _ssh(libvirt_daemon, key, "id -u; stat -c '%U %a' /etc/greeting; hostname")
    assert said.split("\n")[:3] == ["1234", "op 640", "db-1"]
    assert machine.outputs.address == _ADDRESS


def _afterwards_nothing_is_to_be_changed(machine: Made) -> None:
    observed = machine.observed()
    assert observed.drift == ()
    assert observed.complete
    told = observed.inputs.model_fields_set
    assert told == {*type(machine.inputs).model_fields} - {"cloud_init", "namespace"}
    assert {name: getattr(observed.inputs, name) for name in told} == {
        name: getattr(machine.inputs, name) for name in told
    }


def _another_change_makes_it_run_on(libvirt_daemon: LibvirtLab, machine: Made) -> None:
    domain = libvirt_daemon.api.lookupByUUIDString(machine.id)
    before = domain.ID()
    goal = machine.inputs.model_copy(update={"description": "the database"})
    machine.handler.update(machine.id, stamp("VirtualMachine", "db", "b" * 16), machine.inputs, goal, Context())
    assert domain.ID() == before
    machine.inputs = goal
    assert machine.observed().drift == ()


def _another_configuration_means_a_restart(machine: Made) -> None:
    config = machine.inputs.cloud_init.model_copy(update={"hostname": "db-2"})
    diff = machine.handler.diff(machine.inputs, machine.inputs.model_copy(update={"cloud_init": config}))
    assert [(change.field, change.impact) for change in diff.changes] == [("cloud_init.hostname", Impact.REBOOT)]


def _the_seed_is_its_owner_s_alone_and_goes_with_the_machine(libvirt_daemon: LibvirtLab, machine: Made) -> None:
    images = libvirt_daemon.folder / "lib/images"
    (seed,) = images.glob("*seed*")
    assert seed.stat().st_mode & 0o077 == 0
    machine.delete()
    assert not seed.exists()


def _ssh(lab: LibvirtLab, key: Path, command: str) -> str:
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "IdentitiesOnly=yes"]
    words = [word for each in options for word in ("-o", each)]
    return lab.run("ssh", "-F", "none", "-i", str(key), *words, f"op@{_ADDRESS}", command)
