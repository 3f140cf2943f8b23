"""Machines on libvirt's LXC driver: a real init in a root file system of its own, looked at from beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.guests.container_root import container_root
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root
MIB = 1024**2


class Container:
    """The machine ``db`` and what it is made of."""

    def __init__(self, lab: LibvirtLab, provider: LibvirtProvider, folder: Path) -> None:
        self.lab, self.provider = lab, provider
        source = {"file": str(container_root(folder / "root.raw"))}
        self.image = Made(provider, "Image", "base", source=source, format="raw")
        self.net = Made(provider, "Network", "back", cidr="10.77.0.0/24")

    def make(self, **inputs: Any) -> Made:
        return Made(self.provider, "VirtualMachine", "db", **self.inputs(**inputs))

    def inputs(self, **inputs: Any) -> dict[str, Any]:
        return {"memory": "32MiB", "image": self.image.outputs.reference, "shutdown_timeout": 120, **inputs}

    @property
    def domain(self) -> Any:
        (found,) = self.lab.lxc_api.listAllDomains()
        return found

    def inside(self, *command: str) -> str:
        """In its mounts and its network."""
        controller = self.domain.ID()
        init = self.lab.run("pgrep", "-P", str(controller)).split()[0]
        told = self.lab.run("nsenter", f"--target={init}", "--mount", "--net", "--pid", *command, check=False)
        return told.strip()


@pytest.fixture
def host(libvirt_lab: LibvirtLab) -> Iterator[LibvirtProvider]:
    opened = LibvirtProvider.open("lab", Host(uri=libvirt_lab.lxc_uri))
    yield opened
    opened.close()


@pytest.fixture
def container(libvirt_lab: LibvirtLab, host: LibvirtProvider, tmp_path: Path) -> Container:
    return Container(libvirt_lab, host, tmp_path)


def test_it_runs_from_a_copy_of_its_image_and_is_found_by_its_address(container: Container, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "page").write_text("here")
    data = Made(container.provider, "Volume", "data", size="4MiB", source={"content": str(content)})
    machine = container.make(
        cpus=2,
        networks=[{"network": container.net.outputs.name, "address": "10.77.0.10"}],
        disks=[{"volume": data.outputs.name, "mount": "/srv/data"}],
        cloud_init={"hostname": "db", "runcmd": ["echo hello"]},
        wait_for={"address": True, "timeout": "120s"},
        libvirt={"init": ["/sbin/init", "one", "two three"]},
    )
    assert machine.drift() == []
    assert (machine.outputs.address, machine.outputs.state) == ("10.77.0.10", "running")
    assert container.inside("cat", "/srv/data/page") == "here"
    assert container.inside("cat", "/www/arguments") == "/sbin/init one two three"
    assert "echo hello" in container.inside("cat", "/www/user-data")
    assert "/srv/data" not in container.inside("cat", "/www/vendor-data")
    assert container.lab.run("wget", "-qO-", "http://10.77.0.10/meta-data").count('"local-hostname": "db"') == 1
    assert container.domain.schedulerParametersFlags(1)["vcpu_quota"] == 200_000
    machine.delete()
    left = {each.name for each in (container.lab.lib / "images").iterdir() if "~" not in each.name}
    assert left == {Path(data.outputs.path).name, Path(container.image.outputs.reference).name}


def test_it_is_changed_while_it_runs_and_asked_to_end(container: Container) -> None:
    machine = container.make(max_memory="64MiB")
    start = container.domain.ID()
    more = {"max_memory": "64MiB", "memory": "48MiB", "cpus": 2, "description": "new", "autostart": True}
    join = {"network": container.net.outputs.name}
    machine.change(**container.inputs(**more, resources={"cpu_shares": 512, "cpu_limit": 0.5}, networks=[join]))
    assert (container.domain.ID(), machine.drift()) == (start, [])
    told = container.domain.schedulerParametersFlags(1)
    assert (told["cpu_shares"], told["vcpu_quota"], container.domain.memoryParameters()["hard_limit"]) == (
        512,
        50_000,
        49152,
    )
    until("it has an address", lambda: machine.observed().outputs.address is not None)
    container.domain.setSchedulerParametersFlags({"vcpu_quota": 300_000}, 1)
    assert machine.drift() == ["cpus"]
    machine.change(**container.inputs(**more, power="paused"))
    assert (container.domain.ID(), container.domain.state()[0], machine.drift()) == (start, 3, [])
    assert container.domain.schedulerParametersFlags(1)["vcpu_quota"] == 200_000
    machine.change(**container.inputs(memory="96MiB"))
    assert container.domain.ID() != start
    assert container.inside("cat", "/www/last") == "asked to end"
    machine.change(**container.inputs(memory="96MiB", power="stopped"))
    assert (container.domain.isActive(), machine.drift()) == (0, [])


def test_what_is_no_file_system_is_told_and_nothing_is_left(container: Container) -> None:
    empty = Made(container.provider, "Volume", "empty", size="4MiB")
    with pytest.raises(HostError, match="unable to detect filesystem"):
        container.make(disks=[{"volume": empty.outputs.name, "mount": "/srv"}])
    assert container.lab.lxc_api.listAllDomains() == []
