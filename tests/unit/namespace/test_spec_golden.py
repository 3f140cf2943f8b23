"""Containers and machines of the namespace runtime: the sandbox that each comes to, as golden files.

``make golden`` writes the files anew (``tests/golden.py``).
"""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases, as_json
from tests.model_fields import unseen

from virtwright.errors import InputError
from virtwright.providers.archives.config import ImageConfig
from virtwright.providers.namespace.containers.boot import boot_actions, typed
from virtwright.providers.namespace.containers.container_spec import (
    command_line,
    container_spec,
    file_content,
    health_check,
    stop_signal,
    system_mounts,
)
from virtwright.providers.namespace.containers.image_source import BaseImage
from virtwright.providers.namespace.containers.limits import limits
from virtwright.providers.namespace.containers.machine_spec import machine_limits, machine_spec
from virtwright.providers.namespace.containers.setting import Setting
from virtwright.providers.namespace.sandbox.spec import BootAction, FileContent, HealthCheck, Limits, MountPoint
from virtwright.schemas.attachments import File
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.container import Container, ContainerResources
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.readiness import Healthcheck

FOLDER: Final = Path(__file__).parent / "golden"
CONTAINERS: Final = Cases(FOLDER / "containers")
MACHINES: Final = Cases(FOLDER / "machines")
IMAGE: Final = ImageConfig.model_validate(
    {
        "Env": ["PATH=/bin", "A=image"],
        "Cmd": ["image-command"],
        "Entrypoint": ["/image-entry"],
        "User": "app",
        "WorkingDir": "/image",
        "StopSignal": "SIGUSR1",
        "Healthcheck": {"Test": ["CMD", "check"], "Interval": 3_000_000_000, "Timeout": 2_000_000_000, "Retries": 5, "StartPeriod": 7_000_000_000},
    }
)  # fmt: skip
SETTING: Final = Setting(
    id="0123456789ab",
    folder=Path("/root/c/0123456789ab"),
    name="web",
    image=BaseImage(("/root/images/low", "/root/images/high"), "sha256:x", IMAGE),
    netns=Path("/run/netns/x"),
    hosts_file=Path("/root/c/hosts"),
    resolver_file=Path("/root/c/resolv.conf"),
    volumes=defaultdict(Path, data=Path("/root/volumes/1"), logs=Path("/root/volumes/2")),
)
ELSEWHERE: Final = ("docker.", "libvirt.", "wait_for.", "networks.", "ports.")
"""On other hosts, in what is waited for, and in the network's part."""
NOT_IN_A_CONTAINER: Final = {
    "description", "labels",  # in the setting, or in the record
    "files.source",  # read when the stack is
    "files.in_memory", "healthcheck.start_interval",  # refused
}  # fmt: skip
NOT_IN_A_MACHINE: Final = {
    "image", "description", "labels", "autostart", "power",  # in the setting, in the record, or by other calls
    "max_cpus", "max_memory", "architecture", "machine_type", "firmware", "virtualization", "boot.kernel", "boot.initrd", "boot.cmdline",
    "cpu.mode", "cpu.model", "cpu.features", "cpu.topology.sockets", "cpu.topology.cores", "cpu.topology.threads",
    "graphics.type", "graphics.listen", "graphics.port", "graphics.password", "console", "guest_agent", "switch_off", "resources.io_weight",
    "disks.size", "disks.image", "disks.format", "disks.bus", "disks.device", "disks.cache", "disks.discard", "disks.serial", "disks.boot_order",
    "cloud_init.network_config", "cloud_init.write_files.in_memory",  # refused, or nothing where there is no hypervisor
    "cloud_init.write_files.source",  # read when the stack is
}  # fmt: skip


def container(name: str) -> Container:
    return Container.model_validate(CONTAINERS.read(name))


def machine(name: str) -> VirtualMachine:
    return VirtualMachine.model_validate(MACHINES.read(name))


def of_container(inputs: Container) -> str:
    return as_json(json.loads(container_spec(inputs, SETTING).to_json()))


def of_machine(inputs: VirtualMachine) -> str:
    return as_json(json.loads(machine_spec(inputs, SETTING).to_json()))


@pytest.mark.parametrize("name", CONTAINERS.names())
def test_a_container_becomes_the_golden_sandbox(name: str) -> None:
    CONTAINERS.check(name, of_container(container(name)))


@pytest.mark.parametrize("name", MACHINES.names())
def test_a_machine_becomes_the_golden_sandbox(name: str) -> None:
    MACHINES.check(name, of_machine(machine(name)))


def test_no_golden_file_is_left_over() -> None:
    assert (CONTAINERS.strays(), MACHINES.strays()) == ([], [])


def test_each_field_of_a_container_shows() -> None:
    hidden = unseen(Container, map(container, CONTAINERS.names()), of_container)
    assert {each for each in hidden if not each.startswith(ELSEWHERE)} == NOT_IN_A_CONTAINER


def test_each_field_of_a_machine_shows() -> None:
    hidden = unseen(VirtualMachine, map(machine, MACHINES.names()), of_machine)
    assert {each for each in hidden if not each.startswith(ELSEWHERE)} == NOT_IN_A_MACHINE


@pytest.mark.parametrize(
    ("inputs", "image", "argv"),
    [
        ({}, {"Entrypoint": ["e"], "Cmd": ["c"]}, ("e", "c")),
        ({}, {"Cmd": ["c"]}, ("c",)),
        ({}, {"Entrypoint": ["e"]}, ("e",)),
        ({"command": ["d"]}, {"Entrypoint": ["e"], "Cmd": ["c"]}, ("e", "d")),
        ({"command": ["d"]}, {}, ("d",)),
        ({"entrypoint": ["f"]}, {"Entrypoint": ["e"], "Cmd": ["c"]}, ("f",)),
        ({"entrypoint": ["f"], "command": ["d"]}, {"Entrypoint": ["e"], "Cmd": ["c"]}, ("f", "d")),
        ({}, {}, None),
    ],
)
def test_what_is_run(inputs: dict[str, Any], image: dict[str, Any], argv: tuple[str, ...] | None) -> None:
    wanted, config = Container.model_validate({"image": "a", **inputs}), ImageConfig.model_validate(image)
    if argv is not None:
        assert command_line(wanted, config) == argv
        return
    with pytest.raises(InputError, match="the image names no command"):
        command_line(wanted, config)


@pytest.mark.parametrize(
    ("said", "image", "signal"),
    [
        ("SIGTERM", None, "SIGTERM"),
        ("SIGTERM", "SIGUSR1", "SIGUSR1"),
        ("SIGQUIT", "SIGUSR1", "SIGQUIT"),
        ("SIGQUIT", None, "SIGQUIT"),
    ],
)
def test_what_asks_it_to_stop(said: str, image: str | None, signal: str) -> None:
    config = ImageConfig.model_validate({"StopSignal": image})
    assert stop_signal(Container(image="a", stop_signal=said), config) == signal


SECOND: Final = 1_000_000_000


@pytest.mark.parametrize(
    ("check", "image", "wanted"),
    [
        (None, None, None),
        (None, {"Test": ["NONE"]}, None),
        (None, {"Test": ["CMD", "a"]}, HealthCheck(("a",), interval=30.0, timeout=30.0, retries=3, start_period=0.0)),
        (None, {"Test": ["CMD", "a"], "Interval": SECOND, "Timeout": 2 * SECOND, "Retries": 9, "StartPeriod": 4 * SECOND},
         HealthCheck(("a",), interval=1.0, timeout=2.0, retries=9, start_period=4.0)),
        ({"command": ["b"]}, {"Test": ["CMD", "a"]}, HealthCheck(("b",))),
        ({"tcp": 80, "interval": 1, "timeout": 2, "retries": 4, "start_period": 5}, None,
         HealthCheck((), 80, None, 1.0, 2.0, 4, 5.0)),
        ({"http": "80/a"}, None, HealthCheck(http="80/a")),
        ({"disabled": True}, {"Test": ["CMD", "a"]}, None),
    ],
)  # fmt: skip
def test_how_its_health_is_checked(
    check: dict[str, Any] | None, image: dict[str, Any] | None, wanted: HealthCheck | None
) -> None:
    said = None if check is None else Healthcheck.model_validate(check)
    assert health_check(said, ImageConfig.model_validate({"Healthcheck": image})) == wanted


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        (File(path="/a", content="b"), FileContent("/a", "b", 0o644, "")),
        (File(path="/a", source="./b"), FileContent("/a", "", 0o644, "")),
        (File(path="/a", content="b", mode="4755", owner="op:adm"), FileContent("/a", "b", 0o4755, "op:adm")),
    ],
)
def test_a_file(file: File, wanted: FileContent) -> None:
    assert file_content(file) == wanted
    assert boot_actions(CloudInit(write_files=[file])) == (BootAction("write_file", file=wanted),)


def test_files_that_tell_of_the_networks() -> None:
    hosts = MountPoint("/root/c/hosts", "/etc/hosts")
    assert system_mounts(SETTING) == (hosts, MountPoint("/root/c/resolv.conf", "/etc/resolv.conf"))
    assert system_mounts(replace(SETTING, resolver_file=None)) == (hosts,)


def test_limits() -> None:
    assert limits(ContainerResources(cpus=0.5, memory=1024**2, pids=9)) == Limits(0.5, 1024**2, 9)
    assert limits(ContainerResources()) == Limits()


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ({}, Limits(1.0, 1024**3)),
        ({"resources": {"cpu_limit": 0.5, "memory_limit": "1MiB"}}, Limits(0.5, 1024**2)),
        ({"cpus": 2, "memory": "1MiB", "resources": {"cpu_limit": 4, "memory_limit": "1GiB"}}, Limits(2.0, 1024**2)),
        ({"resources": {"pids": 7, "cpu_shares": 9}}, Limits(1.0, 1024**3, 7, 9)),
    ],
)
def test_limits_of_a_machine(inputs: dict[str, Any], wanted: Limits) -> None:
    assert machine_limits(VirtualMachine.model_validate(inputs)) == wanted


def test_typed_fields() -> None:
    said = CloudInit(hostname="a")
    assert (typed(None), typed(said)) == (CloudInit(), said)
    assert typed(CloudInit(user_data="#cloud-config\nhostname: b\n")) == CloudInit(hostname="b")


@pytest.mark.parametrize(
    ("config", "actions"),
    [
        ({}, ()),
        ({"users": [{"name": "a"}]}, (BootAction("add_user", name="a"),)),
        ({"ssh_authorized_keys": ["ssh-ed25519 AAAA a"]}, (BootAction("add_user", name="root", authorized_keys=("ssh-ed25519 AAAA a",)),)),
        ({"packages": ["a", "b"]}, (BootAction("install", packages=("a", "b")),)),
        ({"runcmd": ["a b", ["c", "d"]]}, (BootAction("run", argv=("/bin/sh", "-c", "a b")), BootAction("run", argv=("c", "d")))),
    ],
)  # fmt: skip
def test_what_is_done_at_the_first_boot(config: dict[str, Any], actions: tuple[BootAction, ...]) -> None:
    assert boot_actions(CloudInit.model_validate(config)) == actions
