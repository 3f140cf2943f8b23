"""Ways out by what is mounted where: an image or a volume leads a mount point elsewhere."""

from pathlib import Path

import pytest

from tests.escapes.outside import Outside
from tests.escapes.weakened.sandboxes import weakened_lab
from tests.sandbox_lab import SandboxLab
from virtwright.errors import HostError
from virtwright.providers.namespace.sandbox.spec import MountPoint, SandboxSpec
from virtwright.providers.namespace.supervisor import remove
from virtwright.schemas.storage import Mount

pytestmark = pytest.mark.root


def test_an_image_can_not_lead_a_mount_out_of_its_root(sandboxes: SandboxLab, busybox: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    source = tmp_path / "source"
    source.mkdir()
    layer = tmp_path / "evil"
    layer.mkdir()
    (layer / "data").symlink_to(outside)
    (layer / "up").symlink_to("../../../../../../../../.." + str(outside))
    assert (layer / "up").resolve() == outside  # whoever follows it from the host gets there
    layers = (str(busybox), str(layer))
    points = (MountPoint(str(source), "/data/a"), MountPoint(str(source), "/up/b"))
    code, text = sandboxes.run(
        "sh", "-c", "touch /data/a/x /up/b/y; ls /data/a", id="evil", layers=layers, mounts=points
    )
    assert code == 0, text
    assert list(outside.iterdir()) == []
    assert {path.name for path in source.iterdir()} == {"x", "y"}


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_an_image_whose_system_folders_are_links_is_refused(
    sandboxes: SandboxLab, busybox: Path, tmp_path: Path, name: str
) -> None:
    layer = tmp_path / "evil"
    layer.mkdir()
    (layer / name).symlink_to("tmp")
    with pytest.raises(HostError, match=f"/{name} is not a folder"):
        sandboxes.start(sandboxes.spec("true", id="links", layers=(str(busybox), str(layer))))


@pytest.mark.parametrize("target", ["/", "/proc", "/proc/sys", "/sys/fs", "/tmp/../proc/1"])
def test_nothing_is_mounted_over_what_protects(sandboxes: SandboxLab, tmp_path: Path, target: str) -> None:
    with pytest.raises(HostError, match="nothing can be mounted on"):
        sandboxes.start(sandboxes.spec("true", id="over", mounts=(MountPoint(str(tmp_path), target),)))


def spec_with_links(lab: SandboxLab, busybox: Path, folder: Path, id: str, target: str) -> SandboxSpec:
    """An image and a volume with links to what protects, and something that is to be mounted at ``target``."""
    layer, volume, mounted = folder / "layer", folder / "volume", folder / "mounted"
    for place in (layer, volume, mounted):
        place.mkdir(exist_ok=True)
    for link in (layer / "link", volume / "link"):
        if not link.is_symlink():
            link.symlink_to("/proc")
    (mounted / "planted").touch()
    points = (MountPoint(str(volume), "/volume"), MountPoint(str(mounted), target))
    return lab.spec("sleep", "600", id=id, layers=(str(busybox), str(layer)), mounts=points)


@pytest.mark.parametrize("target", ["/link/sys", "/volume/link/sys", "/volume/link/../sys/firmware"])
def test_no_link_leads_a_mount_over_what_protects(
    sandboxes: SandboxLab, busybox: Path, tmp_path: Path, target: str
) -> None:
    with pytest.raises(HostError, match=r"(nothing can be|can't) mount(ed)? on"):
        sandboxes.start(spec_with_links(sandboxes, busybox, tmp_path, "linked", target))


def test_a_link_leads_a_mount_over_what_protects_where_it_is_followed_late(host: Outside, busybox: Path) -> None:
    with weakened_lab(host, ["links resolved"]) as lab:
        folder = lab.start(spec_with_links(lab, busybox, host.folder, "linked", "/volume/link/sys"))
        assert lab.enter(folder, "test", "-e", "/proc/sys/planted") == 0


def test_a_stack_names_no_path_inside_of_a_volume() -> None:
    """A volume is mounted whole: what lies in it, perhaps a link by now, is never the source of a mount."""
    assert set(Mount.model_fields) == {"volume", "bind", "mount", "read_only"}


def test_no_other_user_of_the_host_enters_a_containers_folder(sandboxes: SandboxLab, busybox: Path) -> None:
    """What is set-user-id inside is so for the host's users as well."""
    folder = sandboxes.start(sandboxes.spec("sleep", "600", id="private", layers=(str(busybox),)))
    assert folder.stat().st_mode & 0o077 == 0
    remove(folder)
