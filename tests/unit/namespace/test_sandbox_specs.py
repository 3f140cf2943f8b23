"""Inputs and an image's configuration as a sandbox: pure translation."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import InputError
from virtwright.providers.archives.config import ImageConfig
from virtwright.providers.namespace.containers.container_spec import container_spec
from virtwright.providers.namespace.containers.image_source import BaseImage
from virtwright.providers.namespace.containers.machine_spec import machine_spec
from virtwright.providers.namespace.containers.resolver import resolver_text
from virtwright.providers.namespace.containers.setting import Setting
from virtwright.providers.namespace.sandbox.spec import BootAction, FileContent, HealthCheck, Limits, MountPoint
from virtwright.schemas.container import Container
from virtwright.schemas.machine import VirtualMachine

CONFIG = ImageConfig.model_validate(
    {
        "Env": ["PATH=/bin", "A=image", "EMPTY=", "BROKEN"],
        "Cmd": ["serve", "--all"],
        "Entrypoint": ["/bin/run"],
        "User": "app",
        "WorkingDir": "/srv",
        "StopSignal": "QUIT",
        "Healthcheck": {"Test": ["CMD", "check"], "Interval": 3_000_000_000, "Retries": 5},
    }
)


def setting(config: ImageConfig = CONFIG) -> Setting:
    return Setting(
        id="0123456789ab",
        folder=Path("/root/c/0123456789ab"),
        name="web",
        image=BaseImage(("/root/images/x/rootfs",), "sha256:x", config),
        netns=Path("/run/netns/x"),
        hosts_file=Path("/root/c/hosts"),
        resolver_file=Path("/root/c/resolv.conf"),
        volumes={"data": Path("/root/volumes/data")},
    )


def container(**inputs: Any) -> Container:
    return Container.model_validate({"image": "sha256:" + "0" * 64} | inputs)


def test_the_image_fills_in_what_the_inputs_leave_out() -> None:
    spec = container_spec(container(), setting())
    assert spec.argv == ("/bin/run", "serve", "--all")
    assert spec.env == {"PATH": "/bin", "A": "image", "EMPTY": ""}
    assert (spec.user, spec.cwd, spec.stop_signal, spec.hostname) == ("app", "/srv", "SIGQUIT", "web")
    assert spec.healthcheck == HealthCheck(("check",), interval=3.0, timeout=30.0, retries=5)
    assert spec.layers == ("/root/images/x/rootfs",)


@pytest.mark.parametrize(
    ("inputs", "argv"),
    [
        ({"command": ["other"]}, ("/bin/run", "other")),
        ({"entrypoint": ["/bin/else"]}, ("/bin/else",)),
        ({"entrypoint": ["/bin/else"], "command": ["x"]}, ("/bin/else", "x")),
        ({"command": "a && b"}, ("/bin/run", "/bin/sh", "-c", "a && b")),
    ],
)
def test_command_and_entry_point_go_together_as_in_docker(inputs: dict[str, Any], argv: tuple[str, ...]) -> None:
    assert container_spec(container(**inputs), setting()).argv == argv


def test_without_any_command_there_is_an_error() -> None:
    with pytest.raises(InputError) as caught:
        container_spec(container(), setting(ImageConfig()))
    assert caught.value.where.path == "command"


def test_where_nobody_says_a_folder_it_starts_at_the_root() -> None:
    assert container_spec(container(command=["a"]), setting(ImageConfig())).cwd == "/"


def test_the_inputs_come_before_the_image() -> None:
    inputs = container(
        environment={"A": "mine", "N": 5},
        user="root:wheel",
        working_dir="/tmp",
        hostname="front",
        stop_signal="SIGINT",
        stop_timeout="3s",
        healthcheck={"http": "80/health", "interval": "1s"},
        resources={"cpus": 0.5, "memory": "64MiB", "pids": 9},
        volumes=["data:/data", "/usr/share:/mnt:ro"],
        files=[{"path": "/etc/x", "content": "y", "mode": "0600", "owner": "app"}],
        capabilities=["CAP_NET_ADMIN"],
        drop_capabilities=["ALL"],
        read_only=True,
        restart="on-failure",
        namespace={"user_namespace": False},
    )
    spec = container_spec(inputs, setting())
    assert spec.env == {"PATH": "/bin", "A": "mine", "EMPTY": "", "N": "5"}
    assert (spec.user, spec.cwd, spec.hostname, spec.stop_signal) == ("root:wheel", "/tmp", "front", "SIGINT")
    assert (spec.stop_timeout, spec.restart, spec.read_only, spec.user_namespace) == (3.0, "on-failure", True, False)
    assert spec.healthcheck == HealthCheck(http="80/health", interval=1.0)
    assert spec.limits == Limits(cpus=0.5, memory=64 * 1024**2, pids=9)
    assert spec.files == (FileContent("/etc/x", "y", 0o600, "app"),)
    assert spec.mounts[2:] == (MountPoint("/root/volumes/data", "/data"), MountPoint("/usr/share", "/mnt", True))
    assert [point.target for point in spec.mounts[:2]] == ["/etc/hosts", "/etc/resolv.conf"]
    assert (spec.capabilities, spec.drop_capabilities) == (("CAP_NET_ADMIN",), ("ALL",))


def test_a_health_check_can_be_turned_off() -> None:
    assert container_spec(container(healthcheck="none"), setting()).healthcheck is None


@pytest.mark.parametrize(
    ("inputs", "limits"),
    [
        ({"cpus": 2, "memory": "1GiB"}, Limits(2.0, 1024**3)),
        ({"cpus": 2, "resources": {"cpu_limit": 0.5, "memory_limit": "512MiB"}}, Limits(0.5, 512 * 1024**2)),
        ({"cpus": 1, "resources": {"cpu_limit": 4, "memory_limit": "8GiB"}}, Limits(1.0, 1024**3)),
        ({"resources": {"pids": 7, "cpu_shares": 99}}, Limits(1.0, 1024**3, 7, 99)),
    ],
)
def test_a_machine_is_as_large_as_the_smaller_of_its_limits(inputs: dict[str, Any], limits: Limits) -> None:
    assert machine_spec(VirtualMachine.model_validate({"image": "host"} | inputs), setting()).limits == limits


def test_first_boot_is_in_the_order_of_cloud_init() -> None:
    inputs = {
        "runcmd": ["a | b", ["c", "d"]],
        "packages": ["nginx"],
        "write_files": [{"path": "/x", "content": "y", "mode": "0755", "owner": "bob"}],
        "ssh_authorized_keys": ["ssh-ed25519 K"],
        "users": [{"name": "bob", "uid": 5, "sudo": "ALL=(ALL) ALL", "groups": ["g"]}],
        "hostname": "dbhost",
    }
    spec = machine_spec(VirtualMachine.model_validate({"image": "host", "cloud_init": inputs}), setting())
    assert spec.boot == (
        BootAction("add_user", name="bob", uid=5, sudo="ALL=(ALL) ALL", groups=("g",)),
        BootAction("add_user", name="root", authorized_keys=("ssh-ed25519 K",)),
        BootAction("write_file", file=FileContent("/x", "y", 0o755, "bob")),
        BootAction("install", packages=("nginx",)),
        BootAction("run", argv=("/bin/sh", "-c", "a | b")),
        BootAction("run", argv=("c", "d")),
    )
    assert (spec.init, spec.hostname, spec.argv) == ("system", "dbhost", ())


def test_every_field_of_a_sandbox_is_filled_or_left_to_the_runtime() -> None:
    """A field that is added to the sandbox must be thought of here."""
    left = {"seccomp", "log_size", "log_files", "init", "boot", "privileged"}
    source = Path(container_spec.__code__.co_filename).read_text(encoding="utf-8")
    forgotten = [field.name for field in fields(type(container_spec(container(), setting())))]
    assert [name for name in forgotten if name not in left and f"        {name}=" not in source] == []


@pytest.mark.parametrize(
    ("sources", "text"),
    [
        (["nameserver 10.0.0.1\nsearch lan\n# note\n"], "nameserver 10.0.0.1\nsearch lan\n"),
        (["nameserver 127.0.0.53\n", "nameserver 10.0.0.2\nsortlist x\n"], "nameserver 10.0.0.2\n"),
        (["nameserver ::1\nnameserver fe80::1%eth0\n"], "nameserver fe80::1%eth0\n"),
        (["nameserver rubbish\nnameserver\n"], "# This host names no server that can be reached from inside.\n"),
    ],
)
def test_name_servers_on_the_host_itself_are_left_out(sources: list[str], text: str) -> None:
    assert resolver_text(sources) == text
