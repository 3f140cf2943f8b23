"""A machine's file: what is written is read again, and what is not whole is refused."""

import io
import zipfile
from pathlib import Path

import pytest

from virtwright.errors import InputError, SecretsError
from virtwright.providers.context import Context
from virtwright.providers.exports.manifest import CHUNK, Manifest, SavedDisk
from virtwright.providers.exports.reading import ExportReader
from virtwright.providers.exports.sealing import Seal, SecretsRule, Unseal
from virtwright.providers.exports.writing import ExportWriter
from virtwright.stacks.cipher import Cipher

_PARTS = (b"\1" * 100, 5000, b"\2" * (CHUNK + 7), b"\0" * 64, 1 << 40)
"""Data, and the lengths of holes."""
_ONE, _OTHER = ("vwkey1-" + letter * 43 for letter in "ab")


def _open(salt: str, text: str, place: str) -> str:
    return Cipher.from_passphrase(_ONE, salt).decrypt(text, place)


def _open_with_another(salt: str, text: str, place: str) -> str:
    return Cipher.from_passphrase(_OTHER, salt).decrypt(text, place)


@pytest.fixture(scope="module")
def content() -> bytes:
    cipher = Cipher.from_passphrase(_ONE)
    made = io.BytesIO()
    with ExportWriter(made, SecretsRule(Seal(cipher.encrypt, lambda: cipher.salt))) as writer:
        disk = writer.disk("vda")
        for part in _PARTS:
            disk.hole(part) if isinstance(part, int) else disk.data(part)
        saved = SavedDisk(target="vda", format="raw", capacity=1, file=disk.finish())
        writer.secret("password", b"geheim")
        writer.finish(
            Manifest(
                made="now",
                stack="shop/prod",
                resource="vms.db",
                name="shop_db",
                uuid="00000000-0000-0000-0000-000000000001",
                definition=writer.definition("<domain/>"),
                disks=(saved,),
                firmware=writer.firmware(b"vars" * 1000),
            )
        )
    return made.getvalue()


@pytest.fixture
def file(content: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "db.machine"
    path.write_bytes(content)
    return path


def test_what_was_written_is_read_again(file: Path) -> None:
    assert file.stat().st_size < 20_000, "holes and repetition take no room"
    with ExportReader(file) as reader:
        reader.verify(Context())
        (disk,) = reader.manifest.disks
        assert disk.file.length == sum(part if isinstance(part, int) else len(part) for part in _PARTS)
        found = list(reader.chunks(disk))
        assert [(offset, len(data)) for offset, data in found] == [
            (0, 100),
            (5100, CHUNK),
            (5100 + CHUNK, 7 + 64),
        ]
        assert b"".join(data for _, data in found) == _PARTS[0] + _PARTS[2] + _PARTS[3]
        assert reader.definition() == "<domain/>"
        assert reader.firmware() == b"vars" * 1000
        assert reader.secret("password", Unseal(_open)) == b"geheim"
        assert reader.secret("seed", Unseal(_open)) is None
        with pytest.raises(SecretsError):
            reader.secret("password", Unseal(_open_with_another))


def test_nothing_secret_stands_in_it(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert not any(b"geheim" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_is_none(file: Path, part: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(InputError, match=r"not all of it|is damaged"):
        ExportReader(file)


def test_an_archive_of_somebody_else_is_none(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", "{}")
    with pytest.raises(InputError, match="no machine that virtwright exported"):
        ExportReader(file)


def test_every_part_is_held_against_its_hash(file: Path) -> None:
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        spots = {
            each.filename: each.header_offset + 30 + len(each.filename) + each.compress_size // 2
            for each in archive.infolist()
        }
    assert len(spots) == 7
    for name, spot in spots.items():
        file.write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
        with pytest.raises(InputError, match="damaged"), ExportReader(file) as reader:
            reader.verify(Context())
            pytest.fail(f"{name} was changed, and nobody noticed")


def test_a_file_that_was_made_again_with_another_part_is_refused(file: Path) -> None:
    """The hashes hold, not only the archive's own checksums."""
    with zipfile.ZipFile(file) as archive:
        members, comment = {name: archive.read(name) for name in archive.namelist()}, archive.comment
    for name in members:
        with zipfile.ZipFile(file, "w") as made:
            for each, data in members.items():
                made.writestr(each, data[:-1] if each == name else data)
            made.comment = comment
        with pytest.raises(InputError, match="damaged"), ExportReader(file) as reader:
            reader.verify(Context())


def test_a_secret_is_readable_only_where_that_was_asked_for(tmp_path: Path) -> None:
    for rule, found in ((SecretsRule(clear=True), True), (SecretsRule(), False)):
        made = io.BytesIO()
        with ExportWriter(made, rule) as writer:
            writer.secret("password", b"geheim")
        assert (b"Z2VoZWlt" in made.getvalue()) is found
