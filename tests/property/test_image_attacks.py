"""Hostile and damaged images: whatever an archive holds, nothing outside its folder changes, and the error says where."""

import gzip
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import image_archives as make

from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.formats import Format
from virtwright.providers.archives.limits import Limits, Meter
from virtwright.providers.archives.stream import LayerStream
from virtwright.providers.namespace.images.formats import unpack_archive
from virtwright.providers.namespace.images.layer import unpack_layer
from virtwright.providers.namespace.images.tree import Tree

pytestmark = pytest.mark.root

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
campaign = settings(max_examples=120 * SOAK)
names = st.sampled_from(["a", "b", "c", "etc", "passwd", "..", ".", "x" * 255, "é", "a b", "-rf", "$(x)", "\udce9"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
inner = st.lists(st.sampled_from(["a", "b", "c", "etc"]), min_size=1, max_size=3).map("/".join)
climbs = st.builds(lambda up, rest: "/".join([".."] * up + [rest]), st.integers(1, 9), inner)


class Lab:
    """A root to unpack into, and beside it what must not change."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.outside = folder / "outside"
        self.outside.mkdir()
        (self.outside / "passwd").write_text("precious")
        self.root = folder / "root"
        self.root.mkdir()
        self.meter = Meter(folder / "image.tar", folder, limits)
        self._before = self._picture()

    def unpack(self, *layers: bytes) -> None:
        with Tree(self.root) as tree:
            for layer in layers:
                unpack_layer(LayerStream(BytesIO(layer), self.meter, "the layer"), tree, self.meter)

    def unpack_archive(self, body: bytes, format: Format | None = None) -> None:
        with Tree(self.root) as tree, tempfile.TemporaryFile() as file:
            file.write(body)
            file.flush()
            unpack_archive(cast(BinaryIO, file), self.meter.source, tree, self.meter, format, lambda message: None)

    def _picture(self) -> str:
        return source_digest(self.outside)

    def check(self) -> None:
        assert self._picture() == self._before
        assert {path.name for path in self.root.parent.iterdir()} == {"outside", "root"}


@contextmanager
def lab(limits: Limits | None = None) -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        place = Lab(Path(folder), limits or Limits())
        yield place
        place.check()


def refused(place: Lab, *layers: bytes, match: str | None = None) -> None:
    with pytest.raises(ImageError, match=match) as caught:
        place.unpack(*layers)
    assert caught.value.where.file is not None
    assert "layer" in caught.value.message or "(at " in caught.value.message


@campaign
@given(climbs, st.booleans())
def test_a_name_with_dots_is_refused(name: str, leading: bool) -> None:
    with lab() as place:
        refused(place, make.tar([make.entry(f"a/{name}" if leading else name, b"evil")]), match=r"'\.\.'")


@campaign
@given(inner, st.integers(1, 4))
def test_an_absolute_name_is_refused(name: str, slashes: int) -> None:
    with lab() as place:
        refused(place, make.tar([make.entry("/" * slashes + name, b"evil")]), match="absolute")


@campaign
@given(inner, climbs)
def test_a_symlink_that_leaves_is_refused(name: str, target: str) -> None:
    up = "../" * name.count("/")
    with lab() as place:
        refused(place, make.tar([make.symlink(name, up + target)]), match="leaves the root")


@campaign
@given(st.sampled_from(["/outside", "outside", "/", "a/outside"]), inner)
def test_a_write_through_a_link_stays_inside(target: str, name: str) -> None:
    """Also with the real outside named absolutely: inside, that is a path of the image."""
    with lab() as place:
        hostile = str(place.outside) if target == "outside" else target
        archive = make.tar([make.symlink("link", hostile), make.entry(f"link/{name}", b"evil")])
        try:
            place.unpack(archive)
        except ImageError as error:
            assert f"link/{name}" in error.message


@campaign
@given(st.lists(st.tuples(st.sampled_from("fslhdpo"), paths, paths), max_size=8), st.integers(1, 3))
def test_any_mix_of_entries_stays_inside(plan: Sequence[tuple[str, str, str]], layers: int) -> None:
    build: dict[str, Callable[[str, str], make.Entry]] = {
        "f": lambda name, other: make.entry(name, other.encode("utf-8", "surrogateescape")),
        "s": make.symlink,
        "l": make.hardlink,
        "h": lambda name, other: make.entry(f"{name}/.wh.{other.split('/')[0]}"),
        "d": lambda name, other: make.folder(name),
        "p": lambda name, other: make.entry(name, type=tarfile.FIFOTYPE),
        "o": lambda name, other: make.entry(f"{name}/.wh..wh..opq"),
    }
    with lab() as place:
        entries = [build[kind](name, other) for kind, name, other in plan]
        with suppress(ImageError):
            place.unpack(*[make.tar(entries[number::layers]) for number in range(layers)])


@campaign
@given(climbs | inner.map(lambda name: f"/{name}"), inner)
def test_a_hard_link_to_the_outside_is_refused(target: str, name: str) -> None:
    with lab() as place:
        refused(place, make.tar([make.hardlink(name, target)]), match=r"'\.\.'|absolute")


@campaign
@given(inner)
def test_a_hard_link_through_a_link_reaches_nothing_outside(name: str) -> None:
    with lab() as place:
        links = [make.symlink("s", str(place.outside)), make.hardlink("h", "s/passwd"), make.hardlink("i", f"s/{name}")]
        refused(place, make.tar(links), match="not in the image")
        assert (place.outside / "passwd").stat().st_nlink == 1


@campaign
@given(st.sampled_from([tarfile.CHRTYPE, tarfile.BLKTYPE]), inner, st.integers(0, 255), st.integers(0, 255))
def test_devices_are_left_out_and_named(type: bytes, name: str, major: int, minor: int) -> None:
    info, _ = make.entry(name, type=type)
    info.devmajor, info.devminor = major, minor
    with lab() as place, Tree(place.root) as tree:
        report = unpack_layer(
            LayerStream(BytesIO(make.tar([(info, b"")])), place.meter, "the layer"), tree, place.meter
        )
        assert report.skipped == [name]
        assert not any(path.is_block_device() or path.is_char_device() for path in place.root.rglob("*"))


@campaign
@given(st.sampled_from([0o4755, 0o2755, 0o6711, 0o1777, 0o000]), st.integers(0, 70_000))
def test_modes_and_owners_are_kept(mode: int, owner: int) -> None:
    info, data = make.entry("file", b"x", mode=mode)
    info.uid = info.gid = owner
    with lab() as place:
        place.unpack(make.tar([(info, data)]))
        status = (place.root / "file").stat()
        assert (status.st_mode & 0o7777, status.st_uid, status.st_gid) == (mode, owner, owner)


@campaign
@given(st.integers(2, 5), st.integers(1, 4))
def test_a_bomb_is_refused(mebibytes: int, files: int) -> None:
    limits = Limits(ratio=50, ratio_floor=1024 * 1024)
    archive = make.tar([make.entry(f"f{number}", bytes(mebibytes * 1024**2 // files)) for number in range(files)])
    with lab(limits) as place:
        refused(place, gzip.compress(archive, 1), match="more than 50 times")
        assert sum(path.stat().st_size for path in place.root.rglob("f*")) <= mebibytes * 1024**2


@campaign
@given(st.integers(1, 20), st.integers(1, 200))
def test_too_much_is_refused_before_it_is_written(entries: int, size: int) -> None:
    archive = make.tar([make.entry(f"f{number}", bytes(size)) for number in range(entries)])
    with lab(Limits(total=entries * size - 1)) as place:
        refused(place, archive, match="unpacks to more")
    with lab(Limits(entries=entries - 1)) as place, pytest.raises(ImageError, match="entries"):
        place.unpack(archive)


@campaign
@given(st.integers(1, 2**40), st.integers(0, 2000))
def test_a_size_that_lies_is_refused(claimed: int, real: int) -> None:
    if claimed <= real + (-real % 512) + 1024:
        claimed += 4096
    with lab() as place:
        refused(place, make.tar([make.entry("f", bytes(real), size=claimed)]))


@campaign
@given(st.data())
def test_an_archive_cut_anywhere_is_refused(data: st.DataObject) -> None:
    layer = make.tar([make.folder("d"), make.entry("d/f", b"some content" * 50), make.symlink("l", "d/f")])
    archive = make.docker_archive([layer])
    whole = gzip.compress(archive, mtime=0) if data.draw(st.booleans()) else archive[:-1024]
    body = whole[: data.draw(st.integers(1, len(whole) - 513 if whole[:2] != b"\x1f\x8b" else len(whole) - 1))]
    with lab() as place, pytest.raises(ImageError) as caught:
        place.unpack_archive(body, "docker-archive")
    assert caught.value.where.file == str(place.meter.source)


@campaign
@given(st.data())
def test_a_damaged_byte_is_an_error_or_changes_nothing(data: st.DataObject) -> None:
    layer = make.tar([make.folder("d"), make.entry("d/f", b"some content" * 50), make.hardlink("l", "d/f")])
    files = make.oci_files([layer])
    archive = bytearray(make.oci_archive(files))
    archive[data.draw(st.integers(0, len(archive) - 1))] ^= data.draw(st.integers(1, 255))
    with lab() as place:
        try:
            place.unpack_archive(bytes(archive), None)
        except ImageError:
            return
        if (place.root / "l").exists():
            assert (place.root / "l").read_bytes() == b"some content" * 50


@campaign
@given(st.binary(max_size=4000), st.sampled_from([None, "rootfs", "oci-archive", "docker-archive"]))
def test_noise_is_no_image(noise: bytes, format: Format | None) -> None:
    if not noise.strip(b"\0"):
        noise = b"x" + noise
    with lab() as place, pytest.raises(ImageError):
        place.unpack_archive(noise, format)


@campaign
@given(st.integers(0, 63), st.sampled_from(["layer", "config", "manifest"]))
def test_a_wrong_digest_is_refused(position: int, part: str) -> None:
    files = make.oci_files([make.tar([make.entry("f", b"x")])])
    by_size = sorted((name for name in files if name.startswith("blobs/")), key=lambda name: len(files[name]))
    victim = {"layer": by_size[0], "config": by_size[1], "manifest": by_size[2]}[part]
    body = bytearray(files[victim])
    body[-1 - position % len(body)] ^= 1
    files[victim] = bytes(body)
    with lab() as place, pytest.raises(ImageError, match=r"digest|damaged|not what"):
        archive = make.oci_archive(files)
        place.unpack_archive(archive, None)


@campaign
@given(st.lists(st.sampled_from([".wh.", ".wh..", ".wh...", ".wh.../x"]), min_size=1, max_size=3), inner)
def test_a_whiteout_of_nothing_or_the_parent_is_refused(whiteouts: Sequence[str], name: str) -> None:
    below = make.tar([make.entry(f"{name}/keep", b"x")])
    with lab() as place:
        try:
            place.unpack(below, make.tar([make.entry(f"{name}/{item}") for item in whiteouts]))
        except ImageError as error:
            assert "would remove" in error.message
        assert (place.root / name / "keep").exists()


@campaign
@given(st.integers(2, 1500), st.sampled_from([b"x", b"g", b"L", b"K"]))
def test_a_chain_of_headers_or_a_huge_one_is_refused(count: int, type: bytes) -> None:
    """One header that claims more than memory, and headers that announce headers without end."""
    huge = make.entry("././@LongLink", b"", type=type, size=2**33 + count)
    chain = [make.entry("././@LongLink", b"name\0" + bytes(507), type=b"L") for _ in range(count)]
    with lab() as place:
        refused(place, make.tar([huge]), match="larger than any real one|damaged")
    with lab() as place, suppress(ImageError):
        place.unpack(make.tar([*chain, make.entry("end", b"x")]))


def test_a_sparse_file_is_unpacked_whole(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with (tmp_path / "in/hole").open("wb") as file:
        file.truncate(5 * 1024**2)
        file.seek(3 * 1024**2)
        file.write(b"data")
    archive = tmp_path / "sparse.tar"
    subprocess.run(["tar", "-S", "-C", str(tmp_path / "in"), "-cf", str(archive), "hole"], check=True)
    assert archive.stat().st_size < 1024**2
    with lab() as place:
        place.unpack(archive.read_bytes())
        assert (place.root / "hole").read_bytes() == (tmp_path / "in/hole").read_bytes()
