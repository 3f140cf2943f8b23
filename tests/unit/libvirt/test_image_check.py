"""Image files that are not what a stack says of them: told before any host is asked, each at its field."""

from pathlib import Path

import pytest

from virtwright.errors import InputError
from virtwright.providers.libvirt.images.check import check_image
from virtwright.schemas.image import Image


@pytest.mark.parametrize(
    ("source", "path", "said"),
    [
        ({"file": "nothing.img"}, "source.file", "nothing.img can't be read: No such file"),
        ({"file": "."}, "source.file", "is no file"),
        ({"file": "raw.img", "sha256": "0" * 64}, "source.sha256", r"the sha256 of raw\.img is .* and should be 0000"),
        ({"file": "raw.img"}, "source.file", "is no qcow2 image, as was stated"),
    ],
)
def test_each_is_told_at_its_field(
    source: dict[str, str], path: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("raw.img").write_bytes(b"none of them")
    with pytest.raises(InputError, match=said) as caught:
        check_image(Image.model_validate({"source": source, "format": "qcow2"}), "qemu")
    assert caught.value.where.path == path
