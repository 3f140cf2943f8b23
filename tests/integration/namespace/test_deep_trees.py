"""What somebody made inside can be removed, however deep it is; what it leads to stays."""

import contextlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.deep_trees import LONG_NAME, nest
from tests.namespace_lab import Lab, stamp
from tests.sandbox_lab import SandboxLab

from virtwright.errors import HostError
from virtwright.process import run
from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.context import Context
from virtwright.providers.namespace.files import remove_tree
from virtwright.providers.namespace.kernel import trees
from virtwright.providers.namespace.sandbox.rootfs import writable_layer
from virtwright.providers.namespace.sandbox.spec import HOST
from virtwright.providers.namespace.supervisor import remove
from virtwright.providers.namespace.volumes.handler import VolumeHandler
from virtwright.schemas.volume import Volume

pytestmark = pytest.mark.root
DEPTHS = pytest.mark.parametrize(
    ("depth", "name"), [(1500, "d"), (10_000, LONG_NAME)], ids=["1500", "10000 long names"]
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder for deep trees: pytest can't remove them."""
    yield tmp_path
    for entry in tmp_path.iterdir():
        trees.remove(str(entry))


@DEPTHS
def test_a_container_that_made_a_deep_tree_can_be_removed(sandboxes: SandboxLab, depth: int, name: str) -> None:
    code = f"import os\nfor _ in range({depth}): os.mkdir({name!r}), os.chdir({name!r})\nopen('file', 'w')"
    folder = sandboxes.start(sandboxes.spec("/usr/bin/python3", "-c", code, layers=(HOST,), cwd="/srv"))
    now = sandboxes.until(folder, lambda now: now.state == "exited")
    assert now.exit_status == 0, sandboxes.text(folder)
    assert (writable_layer(str(folder)) / "srv" / name).is_dir()
    remove(folder)
    assert not (folder / "layer").exists()


@DEPTHS
def test_a_deep_tree_is_removed(place: Path, depth: int, name: str) -> None:
    for each in ("one", "two"):
        (place / "tree" / each).mkdir(parents=True)
        nest(place / "tree" / each, depth, name)
    remove_tree(place / "tree")
    assert not (place / "tree").exists()


def test_no_link_is_followed_and_everything_of_any_kind_goes(place: Path) -> None:
    outside = place / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    tree = place / "tree"
    (tree / "locked").mkdir(parents=True)
    (tree / "link").symlink_to(outside)
    (tree / "locked" / "up").symlink_to("../../outside")
    os.mkfifo(tree / "pipe")
    (tree / "locked" / "file").touch()
    (tree / "locked").chmod(0)
    (tree / os.fsdecode(b"\xff\n")).mkdir()
    trees.remove(str(tree))
    assert not tree.exists()
    (place / "top").symlink_to(outside)
    trees.remove(str(place / "top"))
    trees.remove(str(place / "top"))  # gone already
    assert (outside / "kept").read_text() == "x"


def test_what_is_mounted_is_never_deleted_through(place: Path) -> None:
    source, tree = place / "source", place / "tree"
    source.mkdir()
    (source / "kept").touch()
    (tree / "a" / "b").mkdir(parents=True)
    run(["mount", "--bind", str(source), str(tree / "a" / "b")])
    try:
        with pytest.raises(OSError, match="something is mounted there"):
            trees.remove(str(tree))
    finally:
        run(["umount", str(tree / "a" / "b")])
    assert (source / "kept").exists()


def test_two_may_remove_the_same_tree_at_once(place: Path) -> None:
    for number in range(5):
        tree = place / f"tree{number}"
        for each in range(10):
            (tree / str(each)).mkdir(parents=True)
            nest(tree / str(each), 100, "d")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(trees.remove, [str(tree)] * 2))
        assert not tree.exists()


def test_a_folder_that_is_swapped_for_a_link_leads_nowhere(place: Path) -> None:
    outside = place / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    for number in range(50):
        tree = place / f"tree{number}"
        (tree / "a").mkdir(parents=True)
        done = threading.Event()

        def swap(tree: Path = tree, done: threading.Event = done) -> None:
            while not done.is_set():
                with contextlib.suppress(OSError):
                    (tree / "link").symlink_to(outside)
                    (tree / "a").rename(tree / "b")
                    (tree / "link").rename(tree / "a")
                    (tree / "a").unlink()
                    (tree / "b").rename(tree / "a")

        swapping = threading.Thread(target=swap)
        swapping.start()
        with contextlib.suppress(OSError):
            trees.remove(str(tree))
        done.set()
        swapping.join()
        assert (outside / "kept").exists()


def test_a_volume_with_a_deep_tree_can_be_deleted_and_is_not_cloned_by_halves(lab: Lab) -> None:
    handler = VolumeHandler(lab.root)
    made = handler.create(stamp("Volume", "deep"), Volume(), Context())
    nest(Path(made.path or ""), 10_000)
    with pytest.raises(HostError, match="cp failed"):
        handler.create(stamp("Volume", "copy"), Volume.model_validate({"source": {"clone": made.name}}), Context())
    assert [record.id for record in handler._records.list("Volume")] == [made.id]
    handler.delete(made.id, Context())
    assert not Path(made.path or "").exists()


def test_an_image_from_a_folder_that_is_too_deep_is_refused(place: Path) -> None:
    nest(place, 2000, "d")
    nest(place, 20)
    with pytest.raises(ImageError, match="File name too long"):
        source_digest(place)
