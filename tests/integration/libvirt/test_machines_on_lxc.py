"""Machines on libvirt's LXC driver: a real init in a root file system of its own, looked at from beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.guests.container_root import container_root
from tests.integration.libvirt.handlers import Made, stamp
from tests.libvirt_lab import LibvirtLab
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.providers.context import Context, Known
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.providers.moves import Journey
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
        """In its mounts and its network; nothing while it starts or ends."""
        inits = self.lab.run("pgrep", "-P", str(self.domain.ID()), check=False).split()
        target = f"--target={inits[0] if inits else 0}"
        return self.lab.run("nsenter", target, "--mount", "--net", "--pid", *command, check=False).strip()


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
    inputs: dict[str, Any] = {
        "cpus": 2,
        "networks": [{"network": container.net.outputs.name, "address": "10.77.0.10"}],
        "disks": [{"volume": data.outputs.name, "mount": "/srv/data"}],
        "cloud_init": {"hostname": "db", "runcmd": ["echo hello"]},
        "wait_for": {"address": True, "timeout": "120s"},
        "libvirt": {"init": ["/sbin/init", "one", "two three"]},
    }
    machine = container.make(**inputs)
    assert machine.drift() == []
    assert (machine.outputs.address, machine.outputs.state) == ("10.77.0.10", "running")
    assert container.inside("cat", "/srv/data/page") == "here"
    assert container.inside("cat", "/www/arguments") == "/sbin/init one two three"
    assert "echo hello" in container.inside("cat", "/www/user-data")
    assert "/srv/data" not in container.inside("cat", "/www/vendor-data")
    page = ("busybox", "wget", "-qO-", "http://10.77.0.10/meta-data")  # it has its lease, and takes the address then
    told = until("it answers", lambda: container.lab.run(*page, check=False))
    assert told.count('"local-hostname": "db"') == 1
    assert container.domain.schedulerParametersFlags(1)["vcpu_quota"] == 200_000
    machine.change(**container.inputs(**inputs | {"cloud_init": {"runcmd": ["echo other"]}, "wait_for": None}))
    until("it has gone through its first boot again", lambda: "echo other" in container.inside("cat", "/www/user-data"))
    assert machine.drift() == []
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
    for wrong, said, hint in (
        ({"disks": [{"volume": empty.outputs.name, "mount": "/srv"}]}, "unable to detect filesystem", "source: "),
        ({"libvirt": {"init": ["/bin/none"]}}, "cannot find init path", "init: "),
    ):
        with pytest.raises(HostError, match=said) as raised:
            container.make(**wrong)
        assert hint in str(raised.value.hint)
    assert container.lab.lxc_api.listAllDomains() == []


def test_one_of_somebody_else_is_taken_over_and_keeps_what_has_no_word(container: Container) -> None:
    """With its root in a volume; a folder of the host stays where it is."""
    root = Made(container.provider, "Volume", "root", source={"image": container.image.outputs.reference})
    made = container.lab.lxc_api.defineXML(
        f"""<domain type='lxc'><name>old</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
        <os><type>exe</type><init>/bin/sh</init><initarg>/sbin/init</initarg></os><features><privnet/></features>
        <devices><filesystem type='mount'><source dir='{container.lab.folder}'/><target dir='/host'/></filesystem>
        <filesystem type='file'><driver type='loop' format='raw'/><source file='{root.outputs.path}'/><target dir='/'/></filesystem>
        <interface type='network'><source network='{container.net.outputs.name}'/></interface><console type='pty'/></devices></domain>"""
    )
    made.create()
    handler: Any = container.provider.handlers["VirtualMachine"]
    (found,) = handler.find(["old"])
    told = found.inputs
    assert ([disk.volume for disk in told.disks], told.libvirt.init) == ([root.outputs.name], ["/bin/sh", "/sbin/init"])
    assert found.unsaid == (
        f"devices/filesystem: type=mount, accessmode=passthrough, source dir={container.lab.folder}, target dir=/host",
    )
    handler.check(told)
    own = told.libvirt.model_copy(update={"stop_signal": "SIGTERM"})
    goal = told.model_copy(update={"memory": 24 * MIB, "libvirt": own, "shutdown_timeout": 10.0})
    mine = stamp("VirtualMachine", "db")
    handler.update(found.id, mine, told, goal, Context(known=Known(mine.urn, found.id, {}, {})))
    xml = container.domain.XMLDesc(2)
    assert (xml.count("<filesystem"), xml.count("<source dir="), "24576" in xml) == (2, 1, True)
    handler.delete(found.id, Context())
    assert container.lab.run("ls", root.outputs.path)


def test_it_is_joined_again_to_a_network_that_is_started_anew(container: Container) -> None:
    machine = container.make(networks=[{"network": container.net.outputs.name}])
    container.net.change(cidr="10.77.0.0/24", mtu=1400)
    joined = container.lab.run("ip", "-br", "link", "show", "master", container.net.outputs.bridge)
    assert joined.startswith("vnet")
    assert machine.drift() == []


def test_its_console_is_open_to_operators_and_what_the_driver_lacks_is_said(
    container: Container, tmp_path: Path
) -> None:
    machine = container.make(power="paused")
    operations: Any = container.provider.operations("VirtualMachine")
    assert operations.snapshots(machine.id) == ()
    with pytest.raises(HostError, match="lxc has no snapshots"):
        operations.snapshot(machine.id, "one", Context())
    with pytest.raises(HostError, match="lxc does not save machines in files"):
        operations.export(machine.id, None, None, Context(), live=False)
    with pytest.raises(HostError, match="no log of the console"):
        list(operations.logs(machine.id, follow=False, tail=None))
    machine.change(**container.inputs())
    seen: list[bytes] = []

    def use(console: Any) -> None:
        while b"the guest is up" not in b"".join(seen):
            seen.append(console.read())

    operations.console(machine.id, use, force=False)


def test_it_moves_nowhere_and_leaves_no_volume_behind(container: Container, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    data = Made(container.provider, "Volume", "data", size="4MiB", source={"content": str(content)})
    machine = container.make(power="stopped", disks=[{"volume": data.outputs.name, "mount": "/srv"}])
    other = LibvirtProvider.open("other", Host(uri=container.lab.lxc_uri))
    try:
        handlers: Any = other.handlers
        journey = Journey(machine.id, handlers["VirtualMachine"])
        mine: Any = container.provider.handlers
        assert mine["VirtualMachine"].passage(journey, machine.inputs, machine.inputs) is None
        with pytest.raises(HostError, match="moves no machines"):
            mine["Volume"].passage(Journey(data.id, handlers["Volume"]), data.inputs, data.inputs)
    finally:
        other.close()
