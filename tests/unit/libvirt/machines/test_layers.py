"""Which disk lies below the layers of external snapshots, and which files snapshots have made."""

from typing import Any

import pytest

from virtwright.errors import HostError
from virtwright.providers.libvirt.machines.external import external_snapshot
from virtwright.providers.libvirt.machines.layers import (
    Base,
    bases_of,
    external_targets,
    have_moved,
    in_order,
    is_external,
    layer_files,
    settled,
)
from virtwright.providers.libvirt.xml import from_text, text, to_text


def snapshot(name: str, time: int = 0, parent: str = "", inside: str = "") -> Any:
    above = f"<parent><name>{parent}</name></parent>" if parent else ""
    return from_text(
        f"<domainsnapshot><name>{name}</name><creationTime>{time}</creationTime>{above}{inside}</domainsnapshot>"
    )


@pytest.mark.parametrize(
    ("snapshots", "names"),
    [
        ([snapshot("a", 2), snapshot("b", 1)], ["b", "a"]),
        ([snapshot("b", 1, "a"), snapshot("a", 1)], ["a", "b"]),
        ([snapshot("c", 1, "b"), snapshot("b", 1, "a"), snapshot("a", 1)], ["a", "b", "c"]),
        ([snapshot("b", 1, "a"), snapshot("a", 2)], ["b", "a"]),
        ([snapshot("a", 1, "a"), snapshot("b", 0)], ["b", "a"]),
        ([from_text("<domainsnapshot><name>z</name></domainsnapshot>"), snapshot("a", 1)], ["z", "a"]),
    ],
)
def test_the_oldest_comes_first(snapshots: list[Any], names: list[str]) -> None:
    assert [text(each, "name") for each in in_order(snapshots)] == names


@pytest.mark.parametrize(
    ("inside", "targets", "external"),
    [
        ("", [], False),
        ("<memory snapshot='no'/><disks><disk name='vda' snapshot='internal'/></disks>", [], False),
        ("<disks><disk name='vda' snapshot='external'/><disk name='vdb' snapshot='no'/><disk snapshot='external'/></disks>", ["vda", ""], True),
        ("<memory snapshot='external'/>", [], True),
    ],
)  # fmt: skip
def test_what_is_external(inside: str, targets: list[str], external: bool) -> None:
    found = snapshot("a", inside=inside)
    assert (external_targets(found), is_external(found)) == (targets, external)


class FakeSnapshot:
    def __init__(self, xml: str) -> None:
        self._xml = xml

    def getXMLDesc(self, flags: int) -> str:
        return self._xml


class FakeDomain:
    """Of libvirt's, that has snapshots."""

    def __init__(self, *snapshots: Any) -> None:
        self._snapshots = [FakeSnapshot(to_text(each)) for each in snapshots]

    def listAllSnapshots(self) -> list[FakeSnapshot]:
        return self._snapshots


def of_disk(target: str, source: str, *, then: str = "domain", kind: str = "file", driver: str = "") -> str:
    key = "dev" if kind == "block" else "file"
    disk = f"<disk type='{kind}'>{driver}<source {key}='{source}'/><target dev='{target}'/></disk>"
    return f"<disks><disk name='{target}' snapshot='external'/></disks><{then}><devices>{disk}</devices></{then}>"


@pytest.mark.parametrize(
    ("snapshots", "bases"),
    [
        ([], {}),
        ([snapshot("a", inside="<disks><disk name='vda' snapshot='external'/></disks>")], {}),
        ([snapshot("a", inside=of_disk("vda", "/a"))], {"vda": Base("/a", "raw")}),
        ([snapshot("a", inside=of_disk("vda", "/a", driver="<driver type='qcow2'/>"))], {"vda": Base("/a", "qcow2")}),
        ([snapshot("a", inside=of_disk("vda", "/dev/a", kind="block"))], {"vda": Base("/dev/a", "raw", block=True)}),
        ([snapshot("a", 1, inside=of_disk("vda", "/a.layer")), snapshot("b", 0, inside=of_disk("vda", "/a"))], {"vda": Base("/a", "raw")}),
        ([snapshot("a", 1, inside=of_disk("vda", "/a")), snapshot("b", 2, inside=of_disk("vdb", "/b"))], {"vda": Base("/a", "raw"), "vdb": Base("/b", "raw")}),
        ([snapshot("a", inside=of_disk("vda", "/running") + "<inactiveDomain><devices><disk><source file='/defined'/><target dev='vda'/></disk></devices></inactiveDomain>")],
         {"vda": Base("/defined", "raw")}),
    ],
)  # fmt: skip
def test_the_disk_at_the_bottom(snapshots: list[Any], bases: dict[str, Base]) -> None:
    pytest.importorskip("libvirt")
    domain: Any = FakeDomain(*snapshots)
    assert bases_of(domain) == bases


def disks(**paths: str) -> dict[str, Any]:
    return {"cpus": 1, "disks": [{"target": target, "path": path, "format": "qcow2"} for target, path in paths.items()]}


@pytest.mark.parametrize(
    ("now", "said", "moved"),
    [
        (disks(vda="/a"), disks(vda="/a"), False),
        (disks(vda="/b"), disks(vda="/a"), True),
        (disks(vda="/a", vdb="/b"), disks(vda="/a"), False),
        (disks(vdb="/a"), disks(vda="/a"), False),
        (disks(vda="/a"), None, True),
    ],
)
def test_whether_a_disk_lies_elsewhere(now: dict[str, Any], said: dict[str, Any] | None, moved: bool) -> None:
    assert have_moved(now, said) is moved


@pytest.mark.parametrize(
    ("said", "path"),
    [(None, "/base"), (disks(), "/base"), (disks(vda="/base"), "/base"), (disks(vda="/other"), "/layer")],
)
def test_the_disk_stands_in_the_place_of_the_layer_over_it(said: dict[str, Any] | None, path: str) -> None:
    now = disks(vda="/layer", vdb="/b")
    found = settled(now, {"vda": Base("/base", "raw")}, said)
    first = {"target": "vda", "path": path, "format": "raw" if path == "/base" else "qcow2"}
    assert found == {"cpus": 1, "disks": [first, now["disks"][1]]}


def test_files_that_snapshots_have_made() -> None:
    inside = (
        "<memory snapshot='external' file='/memory'/><disks><disk name='vda' snapshot='external'><source file='/layer-1'/></disk>"
        "<disk name='vdb' snapshot='internal'><source file='/no'/></disk></disks>"
        "<revertdisks><disk name='vda' snapshot='external'><source file='/layer-2'/></disk></revertdisks>"
        "<domain><devices><disk><source file='/layer-3'/><target dev='vda'/></disk><disk><source file='/b'/><target dev='vdb'/></disk></devices></domain>"
    )
    definition = from_text(
        "<domain><devices><disk><source file='/layer-4'/><target dev='vda'/></disk><disk><source file='/b'/><target dev='vdb'/></disk></devices></domain>"
    )
    bases = {"vda": Base("/layer-3", "raw")}
    assert layer_files([snapshot("a", inside=inside)], definition, bases) == {
        "/memory",
        "/layer-1",
        "/layer-2",
        "/layer-4",
    }
    assert layer_files([snapshot("a")], definition, {}) == set()
    assert layer_files([], definition, {"vda": Base("/a", "raw")}) == {"/layer-4"}


def test_where_no_disk_can_be_written_there_is_nothing_to_keep() -> None:
    domain = from_text(
        "<domain><devices><disk><source file='/a'/><readonly/><target dev='vda'/></disk></devices></domain>"
    )
    with pytest.raises(HostError, match="no disk that can be written"):
        external_snapshot("one", domain, {}, "/pool", memory=True)


def test_a_layer_over_a_layer_is_named_after_the_disk_at_the_bottom() -> None:
    domain = from_text(
        "<domain><name>db</name><devices><disk><source file='/p/a.one.qcow2'/><target dev='vda'/></disk></devices></domain>"
    )
    made = external_snapshot("two", domain, {"vda": Base("/p/a.raw", "raw")}, "/pool", memory=False)
    assert [each.get("file") for each in made.iterfind("disks/disk/source")] == ["/p/a.two.qcow2"]


@pytest.mark.parametrize(
    ("disk", "asked"),
    [
        ("<disk type='file'><source file='/p/a.qcow2'/><target dev='vda'/></disk>", "/p/a.one.qcow2"),
        ("<disk type='file' device='disk'><source file='/p/a.raw'/><target dev='vda'/></disk>", "/p/a.one.qcow2"),
        ("<disk type='file'><source file='/p/a.img'/><target dev='vda'/></disk>", "/p/a.one.qcow2"),
        ("<disk type='file'><source file='/p/a.vmdk'/><target dev='vda'/></disk>", "/p/a.vmdk.one.qcow2"),
        ("<disk type='block'><source dev='/dev/a'/><target dev='vda'/></disk>", "/pool/db-vda.one.qcow2"),
        ("<disk type='file'><source file='/p/a'/><readonly/><target dev='vda'/></disk>", None),
        ("<disk type='file' device='cdrom'><source file='/p/a'/><target dev='vda'/></disk>", None),
        ("<disk type='file'><target dev='vda'/></disk>", None),
        ("<disk type='file' device='floppy'/>", None),
    ],
)  # fmt: skip
def test_what_an_external_snapshot_asks_for(disk: str, asked: str | None) -> None:
    other = "<disk type='file'><source file='/p/z'/><target dev='vdz'/></disk>"
    domain = from_text(f"<domain><name>db</name><devices>{disk}{other}</devices></domain>")
    made = external_snapshot("one", domain, {}, "/pool", memory=asked is not None)
    name = "" if "floppy" in disk else "vda"
    layer = '<disk name="{}" snapshot="external" type="file"><driver type="qcow2" /><source file="{}" /></disk>'
    first = f'<disk name="{name}" snapshot="no" />' if asked is None else layer.format("vda", asked)
    memory = (
        '<memory snapshot="no" />' if asked is None else '<memory snapshot="external" file="/pool/db.one.memory" />'
    )
    assert to_text(made) == (
        f"<domainsnapshot><name>one</name>{memory}<disks>{first}{layer.format('vdz', '/p/z.one.qcow2')}</disks></domainsnapshot>"
    )
