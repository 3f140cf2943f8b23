"""A secret in the address of a host would be told to whoever resolves names, reads logs or sees URIs: it is refused."""

from pathlib import Path

import pytest
from tests.stack_files import complaints, goals, write

from virtwright.errors import InputError, Where
from virtwright.plugin import configuration
from virtwright.schemas.exposure import HINT, MESSAGE, check_exposure
from virtwright.schemas.host import Host
from virtwright.schemas.values import Secret
from virtwright.stacks.keys import Keys
from virtwright.stacks.load import open_config

HEAD = "stack: shop\nconfig: {pw: {secret: true}, open: {default: web1}}\n"
VALUE = "pw=hunter2"


@pytest.mark.parametrize(
    "uri",
    [
        "docker+tcp://${config.pw}.localhost:5998",
        "docker+ssh://${config.pw}@web1",
        "docker+ssh://web1/${config.pw}.sock",
        "qemu+ssh://kvm1/system?socket=/${config.pw}",
        "${config.pw}",
    ],
)
def test_no_part_of_a_uri_is_secret(tmp_path: Path, uri: str) -> None:
    path = write(tmp_path, f"hosts: {{one: {{uri: '{uri}'}}}}\n", head=HEAD)
    value = f"pw={uri}" if uri == "${config.pw}" else VALUE
    found = complaints(path, value.replace("${config.pw}", "docker://"))
    assert f"3:20 hosts.one.uri: {MESSAGE} ({HINT})" in found
    assert not any("hunter2" in each for each in found)


@pytest.mark.parametrize(
    "field",
    ["ssh: {jump: '${config.pw}.example'}", "peer_address: '${config.pw}'", "tls: {server_name: '${config.pw}'}"],
)
def test_no_other_name_of_a_host_is_secret(tmp_path: Path, field: str) -> None:
    path = write(tmp_path, f"hosts: {{one: {{uri: 'docker+tcp://web1', {field}}}}}\n", head=HEAD)
    assert [each.split(": ", 1)[1] for each in complaints(path, VALUE)] == [f"{MESSAGE} ({HINT})"]


def test_what_is_not_decrypted_is_secret_too(tmp_path: Path) -> None:
    path = write(tmp_path, "hosts: {one: {uri: 'docker+tcp://${config.pw}.example'}}\n", head=HEAD)
    open_config(path, keys=Keys({"VIRTWRIGHT_HOME": str(tmp_path / "home")})).set("pw", "hunter2", secret=True)
    assert complaints(path) == [f"3:20 hosts.one.uri: {MESSAGE} ({HINT})"]


def test_passwords_and_open_values_stand_where_they_belong(tmp_path: Path) -> None:
    text = "hosts: {one: {uri: 'docker+ssh://${config.open}', ssh: {password: '${config.pw}'}}}\n"
    assert goals(write(tmp_path, text, head=HEAD), VALUE)["one"].inputs["ssh"]["password"] == Secret("hunter2")


def test_a_program_and_the_plugin_are_held_to_it() -> None:
    for inputs in ({"uri": Secret("docker+tcp://a")}, {"uri": "docker+tcp://a", "tls": {"server_name": Secret("a")}}):
        with pytest.raises(InputError) as caught:
            configuration.normalised(inputs)
        assert caught.value.message == MESSAGE and caught.value.where.path in ("uri", "tls.server_name")
    check_exposure(Host, {"uri": "docker+tcp://a", "ssh": Secret({"jump": "b", "password": "c"})}, lambda path: Where())
