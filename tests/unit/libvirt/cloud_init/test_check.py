"""What is wrong with ``cloud_init`` is said before anything is touched, and nothing of it is shown."""

from typing import Any

import pytest

from virtwright.errors import InputError, UnsupportedError
from virtwright.providers.libvirt.cloud_init.check import check_cloud_init
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN

_SECRET = "hunter2"


def _check(**config: Any) -> VirtualMachine:
    return check_cloud_init(VirtualMachine(cloud_init=CloudInit.model_validate(config)))


@pytest.mark.parametrize(
    "text",
    [
        "#cloud-config\nruncmd: [ls]\n",
        "#cloud-config\r\nruncmd: [ls]\r\n",
        "#cloud-config",
        "#cloud-config-archive\n- type: text/cloud-config\n  content: 'runcmd: [ls]'\n",
        "#!/usr/bin/python3\nprint(1)",
        "#include\nhttp://example.org/x",
        "## template: jinja\n#cloud-config\nhostname: {{ v1.region }}",
        "Content-Type: multipart/mixed; boundary=x\n\n--x--",
    ],
)
def test_what_cloud_init_reads_is_taken(text: str) -> None:
    _check(user_data=text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("runcmd: [ls]", "begins with nothing that cloud-init knows"),
        ("", "begins with nothing that cloud-init knows"),
        (f"#cloud-config\n- {_SECRET}", "must be a mapping"),
        (f"#cloud-config-archive\na: {_SECRET}", "must be a list"),
        (f"#cloud-config\npassword: '{_SECRET}", "is no YAML in its line"),
        (f"#cloud-config\na: 1\n{_SECRET}: 1\n{_SECRET}: 2", "a key stands twice in its line"),
        (f"#cloud-config\nroot: *{_SECRET}", "YAML"),
        (f"#cloud-config\na: &{_SECRET} [1]\nb: *{_SECRET}", "aliases"),
        (f"#cloud-config\na: !{_SECRET} x", "YAML"),
        ("#cloud-config\n\tx: 1", "is no YAML in its line 2"),
        ("#cloud-config\na: " + "[" * 20_000, "YAML"),
        ("#cloud-config\nuser: x\n]]: y", "is no YAML in its line 3"),
    ],
)
def test_what_it_can_t_read_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        _check(user_data=text)
    assert said in caught.value.message
    assert caught.value.where.path == "cloud_init.user_data"
    assert _SECRET not in f"{caught.value.problem} {caught.value.__cause__}"


@pytest.mark.parametrize(
    "text", ["ethernets: {}", "version: 3", "[]", "network: {version: 9}", "version: 2\nversion: 2"]
)
def test_a_network_configuration_has_a_known_version(text: str) -> None:
    with pytest.raises(InputError) as caught:
        _check(network_config=text)
    assert caught.value.where.path == "cloud_init.network_config"


def test_known_network_configurations_are_taken() -> None:
    _check(network_config="network: {version: 1, config: disabled}")
    _check(network_config="version: 2\nethernets: {}\n")


def test_a_machine_has_no_files_in_memory_of_its_own() -> None:
    with pytest.raises(UnsupportedError) as caught:
        _check(write_files=[{"path": "/etc/motd", "content": "x", "in_memory": True}])
    assert caught.value.where.path == "cloud_init.write_files[0].in_memory"


def test_what_is_not_known_yet_is_let_through() -> None:
    check_cloud_init(VirtualMachine.model_validate({"cloud_init": UNKNOWN}))
    _check(user_data=UNKNOWN, network_config=UNKNOWN)
    _check(write_files=UNKNOWN, runcmd=UNKNOWN)
