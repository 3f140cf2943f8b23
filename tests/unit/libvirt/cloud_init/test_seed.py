"""Seeds: what is in them, and that they are the same whenever and wherever they are made."""

import io
import time
from collections.abc import Mapping
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # what cloud-init itself reads with
from hypothesis import given
from hypothesis import strategies as st
from pycdlib import PyCdlib

from virtwright.providers.context import Context
from virtwright.providers.libvirt.cloud_init.seed import documents, instance_id
from virtwright.providers.libvirt.cloud_init.written import as_disk
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.machine import VirtualMachine

_UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
_MACS = ("52:54:00:00:00:01", "52:54:00:00:00:02")
_TYPED = {
    "hostname": "db-1",
    "users": [
        {"name": "op", "uid": 1500, "groups": ["sudo"], "sudo": "ALL=(ALL) NOPASSWD:ALL", "password_hash": "$6$a$b"},
        {"name": "app", "shell": "/bin/sh", "home": "/srv/app", "ssh_authorized_keys": ["ssh-ed25519 AAAA op"]},
    ],
    "ssh_authorized_keys": ["ssh-ed25519 BBBB root"],
    "write_files": [{"path": "/etc/app.conf", "content": "on: yes\n", "mode": "0600", "owner": "app"}],
    "packages": ["nginx=1.26.3-1"],
    "runcmd": ["echo hello > /run/hello", ["touch", "/run/a b"]],
}


def _machine(**fields: Any) -> VirtualMachine:
    return VirtualMachine.model_validate({"networks": ["front", "back"], **fields})


def _documents(machine: VirtualMachine) -> Mapping[str, str]:
    return documents(machine, name="db", uuid=_UUID, macs=_MACS)


def _seed(machine: VirtualMachine) -> bytes:
    return as_disk(_documents(machine), Context())


def _config(text: str) -> Any:
    assert text.startswith("#cloud-config\n")
    return yaml.safe_load(text)


def _files(image: bytes, way: str) -> dict[str, bytes]:
    """As a reader of Rock Ridge or Joliet sees it."""
    found = PyCdlib()
    found.open_fp(io.BytesIO(image))
    files = {}
    for name in ("meta-data", "user-data", "vendor-data", "network-config"):
        into = io.BytesIO()
        found.get_file_from_iso_fp(into, **{way: f"/{name}"})
        files[name] = into.getvalue()
    assert found.pvd.volume_identifier.rstrip() == b"cidata"
    found.close()
    return files


@pytest.mark.parametrize("way", ["rr_path", "joliet_path"])
def test_every_reader_finds_the_documents(way: str) -> None:
    machine = _machine(cloud_init=_TYPED)
    assert _files(_seed(machine), way) == {name: text.encode() for name, text in _documents(machine).items()}


def test_the_same_inputs_give_the_same_bytes_at_any_time_in_any_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, made = _machine(cloud_init=_TYPED), []
    try:
        for zone, shift in (("UTC", 0.0), ("Asia/Tokyo", 86400.0 * 400)):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            real = time.time
            with monkeypatch.context() as patch:
                patch.setattr(time, "time", lambda real=real, shift=shift: real() + shift)
                made.append(_seed(machine))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert made[0] == made[1]
    assert made[0] != _seed(_machine(cloud_init={**_TYPED, "hostname": "db-2"}))


def test_typed_fields_are_told_in_cloud_init_s_words() -> None:
    told = _documents(_machine(cloud_init=_TYPED))
    assert _config(told["user-data"]) == {
        "users": [
            {
                "name": "op", "uid": 1500, "groups": ["sudo"], "sudo": "ALL=(ALL) NOPASSWD:ALL", "passwd": "$6$a$b",
                "lock_passwd": False,
            },
            {"name": "app", "shell": "/bin/sh", "homedir": "/srv/app", "ssh_authorized_keys": ["ssh-ed25519 AAAA op"]},
        ],
        "ssh_authorized_keys": ["ssh-ed25519 BBBB root"],
        "disable_root": False,
        "write_files": [
            {"path": "/etc/app.conf", "content": "on: yes\n", "permissions": "0600", "owner": "app:app", "defer": True}
        ],
        "package_update": True,
        "packages": ["nginx=1.26.3-1"],
        "runcmd": ["echo hello > /run/hello", ["touch", "/run/a b"]],
    }  # fmt: skip
    assert yaml.safe_load(told["meta-data"])["local-hostname"] == "db-1"


def test_a_machine_is_named_as_its_resource_where_nobody_says_otherwise() -> None:
    assert yaml.safe_load(_documents(_machine(cloud_init={}))["meta-data"])["local-hostname"] == "db"


def test_interfaces_are_known_by_their_hardware_addresses() -> None:
    told = yaml.safe_load(_documents(_machine(cloud_init={}))["network-config"])
    assert told == {
        "version": 2,
        "ethernets": {
            "nic0": {"match": {"macaddress": _MACS[0]}, "dhcp4": True},
            "nic1": {"match": {"macaddress": _MACS[1]}, "dhcp4": True, "optional": True},
        },
    }


def test_documents_of_the_user_s_own_stay_as_they_are() -> None:
    own, network = "#!/bin/sh\necho 'ö' > /x", "version: 2\nethernets: {}\n"
    told = _documents(_machine(cloud_init={"user_data": own, "network_config": network}))
    assert (told["user-data"], told["network-config"]) == (own, network)


def test_disks_with_a_mount_point_are_found_by_their_serial_numbers() -> None:
    disks = [{"size": "1GiB", "mount": "/srv"}, {"size": "1GiB"}, {"volume": "v", "mount": "/ro", "read_only": True,
                                                                    "serial": "S1", "bus": "scsi"}]  # fmt: skip
    told = _config(_documents(_machine(disks=disks, cloud_init={}))["vendor-data"])
    (formatted,) = told["fs_setup"]
    assert formatted["overwrite"] is False
    assert told["mounts"] == [
        [formatted["device"], "/srv", "auto", "defaults,nofail", "0", "2"],
        ["/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_S1", "/ro", "auto", "defaults,nofail,ro", "0", "2"],
    ]
    assert len(formatted["device"].removeprefix("/dev/disk/by-id/virtio-")) == 20


def test_only_what_the_user_declares_makes_a_first_start_again() -> None:
    plain = instance_id(_machine(cloud_init=_TYPED), _UUID)
    assert plain == instance_id(
        _machine(cloud_init=_TYPED, networks=["front"], disks=[{"size": 1}], memory=2**30), _UUID
    )
    assert plain != instance_id(_machine(cloud_init={**_TYPED, "packages": []}), _UUID)
    assert plain != instance_id(_machine(cloud_init=_TYPED), _UUID.replace("1b", "2b"))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_no_text_can_mean_anything_else(text: str) -> None:
    config = CloudInit.model_validate({"write_files": [{"path": "/a", "content": text}], "runcmd": [text, [text]]})
    told = _config(documents(VirtualMachine(cloud_init=config), name="db", uuid=_UUID, macs=())["user-data"])
    assert told["write_files"][0]["content"] == text
    assert told["runcmd"] == [text, [text]]
