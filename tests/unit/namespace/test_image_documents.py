"""The documents of image archives, and the rules for names and links: pure parts."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from tests import image_archives as make

from virtwright.providers.archives import docker_archive, oci
from virtwright.providers.archives.blobs import FolderBlobs
from virtwright.providers.archives.compression import is_packed, unpacked
from virtwright.providers.archives.config import ImageConfig, ImageHealthcheck
from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.limits import Limits
from virtwright.providers.archives.manifest import Manifest
from virtwright.providers.namespace.images.entries import RefusedEntryError, check_symlink, clamp_time, split_name
from virtwright.providers.namespace.images.whiteouts import Whiteout, parse_whiteout

LAYER = make.tar([make.entry("a", b"1")])


def load(folder: Path, files: dict[str, bytes], limits: Limits | None = None) -> Manifest:
    make.write_files(folder, files)
    read = oci.load if "oci-layout" in files else docker_archive.load
    return read(FolderBlobs(folder), folder, limits or Limits())


def docker(**changes: Any) -> dict[str, bytes]:
    config = json.loads(make._config([LAYER], {}))
    entry = {"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l.tar"]} | changes
    return {"manifest.json": json.dumps([entry]).encode(), "c.json": json.dumps(config).encode(), "l.tar": LAYER}


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (docker(Layers=[]), "0 layers and 1 digests"),
        (docker(Layers=["l.tar"] * 2), "2 layers and 1 digests"),
        (docker(Config="../../etc/shadow"), "can't be read"),
        (docker(Config=5), "Config"),
        (docker() | {"manifest.json": b"[]"}, "holds 0 images"),
        (docker() | {"manifest.json": b"{"}, "manifest.json"),
        (docker() | {"c.json": b"[]"}, "c.json"),
        (docker() | {"c.json": b'{"rootfs": {"diff_ids": ["md5:0"]}}'}, "no sha256 digest"),
    ],
)
def test_a_docker_archive_that_makes_no_sense(tmp_path: Path, files: dict[str, bytes], text: str) -> None:
    with pytest.raises(ImageError, match=text):
        load(tmp_path, files)


def index_of(files: dict[str, bytes], **changes: Any) -> dict[str, bytes]:
    index = json.loads(files["index.json"])
    index["manifests"][0] |= changes
    return files | {"index.json": json.dumps(index).encode()}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"digest": "sha256:../../x"}, "no sha256 digest"),
        ({"digest": "sha256:" + "0" * 64}, "can't be read"),
        ({"size": 3}, "should have 3"),
        ({"size": -1}, "size"),
        ({"platform": {"architecture": "s390x", "os": "linux"}}, "architectures: s390x"),
    ],
)
def test_an_oci_layout_that_makes_no_sense(tmp_path: Path, changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ImageError, match=text):
        load(tmp_path, index_of(make.oci_files([LAYER]), **changes))


def test_an_index_that_holds_itself_ends(tmp_path: Path) -> None:
    """A digest can't hold itself, but many indexes can lie inside one another."""
    files = make.oci_files([LAYER])
    for _ in range(9):
        data = files["index.json"]
        name = f"blobs/sha256/{make.sha256(data).removeprefix('sha256:')}"
        descriptor = {"mediaType": oci._INDEXES[0], "digest": make.sha256(data), "size": len(data)}
        files |= {name: data, "index.json": json.dumps({"manifests": [descriptor]}).encode()}
    with pytest.raises(ImageError, match="nested too deep"):
        load(tmp_path, files)


def test_a_document_without_end_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="larger than 10 bytes"):
        load(tmp_path, make.oci_files([LAYER]), Limits(document=10))


def test_layers_come_lowest_first_with_their_digests(tmp_path: Path) -> None:
    other = make.tar([make.entry("b", b"2")])
    manifest = load(tmp_path, make.oci_files([LAYER, other], {"Cmd": ["x"]}))
    plain = [make.sha256(layer).removeprefix("sha256:") for layer in (LAYER, other)]
    assert [layer.plain_digest for layer in manifest.layers] == plain
    assert manifest.config.command == ["x"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [("./usr//bin/", ("usr", "bin")), (".", ()), ("", ()), ("a/./b", ("a", "b")), ("...", ("...",)), ("..a", ("..a",))],
)
def test_names_that_are_accepted(name: str, parts: tuple[str, ...]) -> None:
    assert split_name(name, 10) == parts


@pytest.mark.parametrize("name", ["/a", "..", "a/..", "a/../b", "a\0b", "x" * 256, "a/" * 11, "\ud800"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(RefusedEntryError):
        split_name(name, 10)


@pytest.mark.parametrize(
    ("at", "target", "fits"),
    [
        ("a", "b", True),
        ("a", "/etc/passwd", True),
        ("a/b", "../c", True),
        ("a/b/c", "../../d", True),
        ("a", "../b", False),
        ("a/b", "../../c", False),
        ("a", "/../etc", False),
        ("a/b", "x/../../../y", False),
        ("a", "", False),
        ("a", "b\0c", False),
    ],
)
def test_links_stay_in_the_root(at: str, target: str, fits: bool) -> None:
    parts = split_name(at, 10)
    if fits:
        check_symlink(parts, target)
        return
    with pytest.raises(RefusedEntryError):
        check_symlink(parts, target)


@pytest.mark.parametrize(
    ("parts", "whiteout"),
    [
        (("a", "b"), None),
        ((), None),
        (("a", ".wh.b"), Whiteout("remove", ("a", "b"))),
        (("a", ".wh..wh..opq"), Whiteout("opaque", ("a",))),
        ((".wh..wh..opq",), Whiteout("opaque", ())),
        ((".wh..wh.plnk",), Whiteout("ignore", (".wh..wh.plnk",))),
        ((".wh...x",), Whiteout("remove", ("..x",))),
    ],
)
def test_whiteouts(parts: tuple[str, ...], whiteout: Whiteout | None) -> None:
    assert parse_whiteout(parts) == whiteout


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh..."])
def test_whiteouts_of_nothing(name: str) -> None:
    with pytest.raises(RefusedEntryError):
        parse_whiteout((name,))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_packing_is_told_from_the_first_bytes(pack: Any) -> None:
    data = pack(LAYER)
    assert is_packed(data) == (pack is not bytes)
    assert unpacked(io.BytesIO(data)).read() == LAYER


def test_an_empty_configuration_asks_for_nothing() -> None:
    nothing = {"Env": None, "Cmd": None, "Entrypoint": None, "User": None, "ExposedPorts": None, "Healthcheck": None}
    assert ImageConfig.model_validate(nothing) == ImageConfig()
    assert ImageHealthcheck.model_validate({"Test": ["NONE"]}).command() is None
    assert ImageHealthcheck.model_validate({"Test": ["CMD-SHELL"]}).command() is None


def test_times_are_what_a_file_system_holds() -> None:
    assert [clamp_time(value) for value in (1.5, -5, float("nan"), float("inf"), 1e300)] == [1, 0, 0, 2**33, 2**33]


def test_a_folder_s_digest_is_of_its_content(tmp_path: Path) -> None:
    folder = make.write_files(tmp_path / "f", {"a": b"1", "d/b": b"2"})
    first = source_digest(folder)
    (folder / "a").touch()
    assert source_digest(folder) == first
    seen = {first}
    for change in (
        lambda: (folder / "a").write_bytes(b"x"),
        lambda: (folder / "a").chmod(0o600),
        lambda: (folder / "a").rename(folder / "c"),
        lambda: (folder / "l").symlink_to("c"),
        lambda: (folder / "empty").mkdir(),
    ):
        change()
        digest = source_digest(folder)
        assert digest not in seen
        seen.add(digest)


def test_only_files_and_folders_are_sources(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="neither"):
        source_digest(Path("/dev/null"))
    with pytest.raises(ImageError, match="No such file"):
        source_digest(tmp_path / "missing")
