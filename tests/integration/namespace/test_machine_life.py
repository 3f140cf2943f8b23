"""Machines (system containers) through their handler: first boot, power, changes, harm and healing."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import image_archives as make
from tests.container_lab import ContainerLab, container_lab

from virtwright.errors import HostError
from virtwright.providers.diff import Impact
from virtwright.providers.namespace import supervisor

pytestmark = pytest.mark.root

HASH = "$6$salt$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
FULL: dict[str, Any] = {
    "image": "host",
    "cpus": 1,
    "memory": "256MiB",
    "networks": [{"network": "test-back", "address": "10.77.1.10"}],
    "disks": [{"volume": "test-data", "mount": "/var/lib/shop"}],
    "cloud_init": {
        "hostname": "dbhost",
        "users": [
            {
                "name": "bob",
                "uid": 1234,
                "shell": "/bin/sh",
                "groups": ["operators"],
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": ["ssh-ed25519 AAAA bob"],
                "password_hash": HASH,
            }
        ],
        "ssh_authorized_keys": ["ssh-ed25519 BBBB admin"],
        "write_files": [{"path": "/etc/shop.conf", "content": "a=1\n", "owner": "bob", "mode": "0640"}],
        "runcmd": ["echo ran >> /var/lib/shop/boots", ["touch", "/root/done"]],
    },
    "shutdown_timeout": "2s",
    "wait_for": {"cloud_init": True, "address": True, "timeout": "120s"},
}


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab


def full(lab: ContainerLab) -> Any:
    lab.create("Network", "back", cidr="10.77.1.0/24")
    lab.create("Volume", "data")
    return lab.create("VirtualMachine", "db", **FULL)


def inside(lab: ContainerLab, id: str, script: str) -> bool:
    return lab.execute("VirtualMachine", id, "sh", "-c", script) == 0


def boots(lab: ContainerLab, id: str) -> bool:
    """Whether the boot list ran exactly once."""
    return inside(lab, id, 'test "$(cat /var/lib/shop/boots)" = ran')


def test_first_boot_carries_out_every_typed_field(lab: ContainerLab) -> None:
    made = full(lab)
    assert (made.name, made.address, made.state) == ("test-db", "10.77.1.10", "running")
    assert lab.changes("VirtualMachine", made.id, **FULL) == []
    for script in (
        'test "$(hostname)" = dbhost',
        'test "$(id -u bob)" = 1234 && id -nG bob | grep -q operators',
        "getent passwd bob | grep -q :/bin/sh$",
        "grep -q '^bob ALL=(ALL) NOPASSWD:ALL' /etc/sudoers.d/*",
        "grep -q AAAA ~bob/.ssh/authorized_keys && grep -q BBBB /root/.ssh/authorized_keys",
        f"grep -q '^bob:{HASH.replace('$', '.')}:' /etc/shadow",
        'test "$(stat -c "%U %a" /etc/shop.conf)" = "bob 640" && grep -q a=1 /etc/shop.conf',
        "test -e /root/done",
        "getent hosts db && getent hosts dbhost",
    ):
        assert inside(lab, made.id, script), script
    assert boots(lab, made.id)


def test_a_reboot_does_not_run_the_first_boot_again(lab: ContainerLab) -> None:
    made = full(lab)
    supervisor.kill(lab.folder("VirtualMachine", made.id))
    (change,) = lab.changes("VirtualMachine", made.id, **FULL)
    assert (change.field, change.prior, change.goal, change.impact) == ("power", "stopped", "running", Impact.LIVE)
    lab.update("VirtualMachine", "db", made.id, **FULL)
    assert lab.changes("VirtualMachine", made.id, **FULL) == []
    assert boots(lab, made.id)
    assert inside(lab, made.id, "id bob && test -e /root/done")


def test_power_goes_through_all_its_states(lab: ContainerLab) -> None:
    made = full(lab)
    for power in ("paused", "running", "stopped", "paused", "stopped", "running"):
        inputs = FULL | {"power": power}
        assert {change.impact for change in lab.changes("VirtualMachine", made.id, **inputs)} == {Impact.LIVE}
        assert lab.update("VirtualMachine", "db", made.id, **inputs).state == power
        assert lab.changes("VirtualMachine", made.id, **inputs) == []
    assert boots(lab, made.id)


@pytest.mark.parametrize("power", ["stopped", "paused"])
def test_a_machine_may_be_made_without_running(lab: ContainerLab, power: str) -> None:
    inputs = {"image": "host", "power": power}
    made = lab.create("VirtualMachine", "db", **inputs)
    assert made.state == power
    assert lab.changes("VirtualMachine", made.id, **inputs) == []
    assert lab.update("VirtualMachine", "db", made.id, image="host").state == "running"
    assert lab.changes("VirtualMachine", made.id, image="host") == []


def test_each_change_has_the_impact_that_was_promised(lab: ContainerLab) -> None:
    made = full(lab)
    lab.create("Volume", "more")
    process = supervisor.status(lab.folder("VirtualMachine", made.id)).process
    changes: list[tuple[dict[str, Any], Impact]] = [
        ({"cpus": 2}, Impact.LIVE),
        ({"memory": "384MiB"}, Impact.LIVE),
        ({"max_cpus": 4, "max_memory": "1GiB"}, Impact.LIVE),
        ({"resources": {"cpu_shares": 512, "cpu_limit": 0.5, "memory_limit": "300MiB", "pids": 200}}, Impact.LIVE),
        ({"ports": ["127.0.0.1:8080:80"]}, Impact.LIVE),
        ({"labels": {"a": "b"}}, Impact.LIVE),
        ({"shutdown_timeout": "1s", "description": "the database"}, Impact.LIVE),
        ({"disks": [*FULL["disks"], {"volume": "test-more", "mount": "/mnt/more"}]}, Impact.REBOOT),
        ({"namespace": {"capabilities": ["CAP_NET_ADMIN"]}}, Impact.REBOOT),
    ]
    inputs = dict(FULL)
    for change, impact in changes:
        inputs |= change
        assert {each.impact for each in lab.changes("VirtualMachine", made.id, **inputs)} == {impact}, change
        lab.update("VirtualMachine", "db", made.id, **inputs)
        assert lab.changes("VirtualMachine", made.id, **inputs) == [], change
        now = supervisor.status(lab.folder("VirtualMachine", made.id)).process
        assert (now == process) == (impact is Impact.LIVE), change
        process = now
    assert boots(lab, made.id)
    assert inside(lab, made.id, "touch /mnt/more/x")


@pytest.mark.parametrize("change", [{"image": "sha256:" + "0" * 64}, {"cloud_init": {"hostname": "other"}}])
def test_what_can_not_be_changed_is_made_anew(lab: ContainerLab, change: dict[str, Any]) -> None:
    prior, goal = lab.checked("VirtualMachine", **FULL), lab.checked("VirtualMachine", **(FULL | change))
    assert lab.handler("VirtualMachine").diff(prior, goal).impact is Impact.RECREATE


def test_limits_set_from_outside_are_drift(lab: ContainerLab) -> None:
    made = full(lab)
    folder = lab.folder("VirtualMachine", made.id)
    limits = supervisor.load(folder).limits
    supervisor.set_limits(folder, limits.__class__(cpus=0.5, memory=128 * 1024**2))
    assert lab.fields("VirtualMachine", made.id, **FULL) == ["memory", "resources.cpu_limit"]
    lab.update("VirtualMachine", "db", made.id, **FULL)
    assert lab.changes("VirtualMachine", made.id, **FULL) == []


def test_a_server_may_be_the_last_command(lab: ContainerLab) -> None:
    """The first boot then never ends, and the machine is ready by its port."""
    inputs = {
        "image": "host",
        "cloud_init": {"runcmd": ["python3 -m http.server 5432"]},
        "wait_for": {"tcp": 5432, "timeout": "120s"},
        "shutdown_timeout": "1s",
    }
    made = lab.create("VirtualMachine", "db", **inputs)
    assert lab.changes("VirtualMachine", made.id, **inputs) == []
    begin = time.monotonic()
    lab.delete("VirtualMachine", made.id)
    assert time.monotonic() - begin < 60
    assert lab.left() == []


def test_a_first_boot_that_fails_shows_the_last_lines(lab: ContainerLab) -> None:
    with pytest.raises(HostError, match=r"(?s)first boot of test-db failed.*no such table"):
        lab.create(
            "VirtualMachine",
            "db",
            image="host",
            cloud_init={"runcmd": ["echo 'error: no such table' >&2; exit 7", "touch /tmp/not-reached"]},
            wait_for={"cloud_init": True, "timeout": "120s"},
        )
    assert lab.left() == []


def test_packages_need_a_package_manager_and_say_so(lab: ContainerLab, tmp_path: Path) -> None:
    archive = tmp_path / "busybox.tar"
    archive.write_bytes(make.tar(make.busybox_entries()))
    image = lab.create("Image", "busybox", source={"archive": str(archive)})
    with pytest.raises(HostError, match=r"first boot of test-db failed.*can't install no-such-package"):
        lab.create(
            "VirtualMachine",
            "db",
            image=image.reference,
            cloud_init={"packages": ["no-such-package-anywhere"]},
            wait_for={"cloud_init": True, "timeout": "120s"},
        )


def test_raw_user_data_is_carried_out(lab: ContainerLab) -> None:
    script = "#!/bin/sh\necho from-script > /root/proof\n"
    config = "#cloud-config\nhostname: raw\nwrite_files:\n- path: /root/proof\n  content: from-config\n"
    for name, text, proof in (("one", script, "from-script"), ("two", config, "from-config")):
        inputs = {"image": "host", "cloud_init": {"user_data": text}, "wait_for": {"cloud_init": True}}
        made = lab.create("VirtualMachine", name, **inputs)
        assert inside(lab, made.id, f"grep -q {proof} /root/proof")
        assert lab.changes("VirtualMachine", made.id, **inputs) == []


def test_data_on_a_volume_outlives_the_machine(lab: ContainerLab) -> None:
    made = full(lab)
    assert inside(lab, made.id, "echo precious > /var/lib/shop/data; echo gone > /root/own")
    lab.delete("VirtualMachine", made.id)
    again = lab.create("VirtualMachine", "db", **FULL)
    assert inside(lab, again.id, "grep -q precious /var/lib/shop/data && ! test -e /root/own")
