"""Machines on LXC: their domain XML as it was agreed to, valid by libvirt's own schema, and read again; and what they can't have.

``make golden`` writes the files anew (``tests/golden.py``).
"""

import subprocess
from typing import Any

import pytest
from tests.unit.libvirt.machines.cases import UUID, xml_of
from tests.unit.libvirt.machines.containers import CONTAINERS, container, place
from tests.unit.libvirt.machines.test_golden import NEEDS_SCHEMA, SCHEMA

from virtwright.errors import UnsupportedError
from virtwright.providers.libvirt.machines.building.container import container_parts
from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.check import check_machine
from virtwright.providers.libvirt.machines.first_process import number_of
from virtwright.providers.libvirt.machines.place import DiskPlace, Place, Source
from virtwright.providers.libvirt.machines.reading.settings import read_settings
from virtwright.providers.libvirt.machines.redefining import Kept, redefined
from virtwright.providers.libvirt.volumes.check import check_volume
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.volume import Volume

LEAST = {"image": "/images/debian.raw"}


def text_of(name: str) -> str:
    inputs = container(name)
    return xml_of(build_domain(inputs, place(inputs)))


@pytest.mark.parametrize("name", CONTAINERS.names())
def test_the_xml_is_the_golden_one(name: str) -> None:
    CONTAINERS.check(name, text_of(name))
    assert CONTAINERS.strays() == []


@NEEDS_SCHEMA
def test_all_are_valid_by_libvirts_own_schema() -> None:
    argv = ["xmllint", "--noout", "--relaxng", str(SCHEMA), *map(str, sorted(CONTAINERS.folder.glob("*.xml")))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def test_it_is_read_as_it_was_meant() -> None:
    told = read_settings(from_text(text_of("full")))
    assert (told["cpus"], told["memory"], told["max_memory"]) == (2, 1024**3, 2 * 1024**3)
    assert [(disk["target"], disk["path"], disk["read_only"]) for disk in told["disks"]] == [
        ("/", "/pool/0.raw", False),
        ("/opt", "/pool/2.raw", True),
        ("/srv/data", "/dev/vg/1", False),
        ("/var/lib/cloud/seed/nocloud", "/pool/3.raw", True),
    ]
    assert told["libvirt"]["init"] == ["/bin/sh", "-c", "exec /sbin/init <&-"]
    assert told["resources"] == {"cpu_shares": 512, "cpu_limit": None, "memory_limit": None, "io_weight": 500}
    assert read_settings(from_text(text_of("limited")))["resources"]["cpu_limit"] == 0.5


def test_a_changed_definition_has_each_file_system_once_and_keeps_what_others_added() -> None:
    inputs = container("full")
    base = build_domain(inputs, place(inputs))
    base.find("devices").append(from_text("<filesystem type='mount'><source dir='/a'/><target dir='/b'/></filesystem>"))  # type: ignore[union-attr]
    made = redefined(base, build_domain(inputs, place(inputs)), Kept())
    folders = [each.get("dir") for each in made.iterfind("devices/filesystem/target")]
    assert folders == ["/", "/opt", "/srv/data", "/var/lib/cloud/seed/nocloud", "/b"]
    assert (len(made.findall("os/init")), len(made.findall("os/initarg")), len(made.findall("features/privnet"))) == (
        1,
        2,
        1,
    )


@pytest.mark.parametrize("name", CONTAINERS.names())
def test_what_is_built_is_allowed(name: str) -> None:
    check_machine(container(name), "lxc")


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({}, "image"),
        ({"disks": [{"volume": "a", "mount": "/srv"}]}, "image"),
        ({"image": "host"}, "image"),
        ({**LEAST, "machine_type": "q35"}, "machine_type"),
        ({**LEAST, "firmware": "bios"}, "firmware"),
        ({**LEAST, "virtualization": "full"}, "virtualization"),
        ({**LEAST, "cpu": {"mode": "host-model"}}, "cpu"),
        ({**LEAST, "boot": {"kernel": "/boot/vmlinuz"}}, "boot"),
        ({**LEAST, "graphics": "vnc"}, "graphics"),
        ({**LEAST, "guest_agent": True}, "guest_agent"),
        ({**LEAST, "max_cpus": 4}, "max_cpus"),
        ({**LEAST, "resources": {"pids": 10}}, "resources.pids"),
        ({**LEAST, "resources": {"memory_limit": "2GiB"}}, "resources.memory_limit"),
        ({**LEAST, "cloud_init": {}, "wait_for": {"cloud_init": True}}, "wait_for.cloud_init"),
        ({**LEAST, "disks": [{"volume": "a"}]}, "disks[0].mount"),
        ({**LEAST, "disks": [{"image": "/a.iso", "device": "cdrom", "mount": "/a"}]}, "disks[0].device"),
        ({**LEAST, "disks": [{"size": "1GiB", "mount": "/a"}]}, "disks[0].size"),
        ({**LEAST, "disks": [{"image": "/a", "format": "qcow2", "mount": "/a"}]}, "disks[0].format"),
        ({**LEAST, "disks": [{"volume": "a", "bus": "virtio", "mount": "/a"}]}, "disks[0].bus"),
        ({**LEAST, "networks": [{"network": "a", "model": "virtio"}]}, "networks[0].model"),
        ({**LEAST, "networks": [{"network": "a", "address6": "fd00::5"}]}, "networks[0].address6"),
        ({**LEAST, "ports": ["8080:80"]}, "ports"),
        ({**LEAST, "libvirt": {"tpm": True}}, "libvirt.tpm"),
        ({**LEAST, "libvirt": {"clock": "localtime"}}, "libvirt.clock"),
        ({**LEAST, "libvirt": {"move": "cold"}}, "libvirt.move"),
        ({**LEAST, "libvirt": {"init": ["init"]}}, "libvirt.init"),
        ({**LEAST, "libvirt": {"type": "kvm"}}, "libvirt.type"),
    ],
)
def test_what_is_refused(inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(UnsupportedError) as raised:
        check_machine(VirtualMachine.model_validate(inputs), "lxc")
    assert raised.value.where.path == path
    assert raised.value.hint


@pytest.mark.parametrize("own", [{"init": ["/sbin/init"]}, {"stop_signal": "SIGTERM"}])
def test_hypervisors_have_no_process_1(own: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match="libvirt"):
        check_machine(VirtualMachine.model_validate({"libvirt": own}), "qemu")


def test_volumes_of_its_host_are_raw() -> None:
    assert check_volume(Volume.model_validate({"size": "1GiB"}), "lxc").format == "raw"
    for inputs, path in (({"size": "1GiB", "format": "qcow2"}, "format"), ({"backing": "a"}, "backing")):
        with pytest.raises(UnsupportedError) as raised:
            check_volume(Volume.model_validate(inputs), "lxc")
        assert raised.value.where.path == path


def test_signals_have_the_numbers_of_linux() -> None:
    pytest.importorskip("libvirt")
    wanted = {
        "SIGHUP": 1,
        "SIGINT": 2,
        "SIGQUIT": 3,
        "SIGUSR1": 10,
        "SIGUSR2": 12,
        "SIGTERM": 15,
        "SIGPWR": 30,
        "SIGRTMIN+3": 37,
    }
    assert {name: number_of(name) for name in wanted} == wanted


def test_a_folder_is_mounted_after_the_one_around_it_and_before_its_neighbours() -> None:
    at = [DiskPlace(target, Source("/pool/a")) for target in ("/a-b", "/a/b", "/a")]
    inputs = VirtualMachine.model_validate({"disks": [{"volume": name, "mount": f"/{name}"} for name in "xyz"]})
    parts = container_parts(inputs, Place("shop_db", UUID, "lxc", "x86_64", disks=tuple(at)))
    found = [each.get("dir") for part in parts for each in part.iterfind("filesystem/target")]
    assert found == ["/a", "/a/b", "/a-b"]
