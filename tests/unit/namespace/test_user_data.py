"""Raw user data as typed fields."""

import pytest

from virtwright.errors import InputError, UnsupportedError
from virtwright.providers.namespace.containers.user_data import SCRIPT, parse_user_data


def test_cloud_config_is_read_in_its_own_terms() -> None:
    config = parse_user_data(
        """#cloud-config
hostname: db
users:
- default
- name: bob
  homedir: /srv/bob
  passwd: $6$x
  groups: adm, sudo
  sudo: ["ALL=(ALL) ALL"]
- alice
write_files:
- {path: /x, content: y, permissions: '0600'}
packages: [nginx]
runcmd: [a, [b, c]]
"""
    )
    bob, alice = config.users
    assert (bob.home, bob.password_hash, bob.groups, bob.sudo) == ("/srv/bob", "$6$x", ["adm", "sudo"], "ALL=(ALL) ALL")
    assert alice.name == "alice"
    assert (config.write_files[0].mode, config.packages, config.runcmd) == ("0600", ["nginx"], ["a", ["b", "c"]])


def test_a_script_is_written_and_run() -> None:
    config = parse_user_data("#!/bin/sh\necho hi\n")
    assert (config.write_files[0].path, config.runcmd) == (SCRIPT, [[SCRIPT]])


@pytest.mark.parametrize(
    "text",
    [
        "#cloud-config\nruncmd: [!!python/object/apply:os.system [id]]",
        "#cloud-config\n{unclosed",
        "#cloud-config\n- a list",
        "#cloud-config\na: &x [1]\nb: *x",
        "#cloud-config\nhostname: '$(reboot)'",
        "#cloud-config\nusers: [{name: 'root; reboot'}]",
        "#cloud-config\nhostname: a\nhostname: b",
        "#cloud-config\n" + "[" * 5000,
        "#cloud-config\n" + " " * 1024 * 1024,
    ],
)
def test_what_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_user_data(text)
    assert caught.value.where.path == "cloud_init.user_data"


@pytest.mark.parametrize(
    "text", ["runcmd: [a]\nhostname: x\nhostname: hidden", "hostname: [hidden", 'runcmd: ["\\q hidden"]']
)
def test_nothing_of_it_is_quoted_as_it_may_be_a_secret(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_user_data(f"#cloud-config\n{text}")
    assert "hidden" not in str(caught.value)
    assert "in its line" in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "echo hi", "#include\nhttp://x", "#cloud-config\nbootcmd: []", "## template: jinja"]
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_user_data(text)
    assert caught.value.hint
