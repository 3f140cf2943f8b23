"""What of an image libvirt can't do, and the checksum of its file. Nothing is asked of the host."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.libvirt.images.disk_image import check_stated
from virtwright.providers.refusal import Refusal, given, known, refuse
from virtwright.schemas.image import Image, ImageSource
from virtwright.schemas.values import Unknown

_INSTEAD = "a machine starts from a disk image:\n    source: {file: debian.qcow2}\n    format: qcow2"


def check_image(inputs: Image, driver: str) -> Image:
    """Fills in the checksum of what ``source.file`` holds now, so that a changed file is a difference. Raises ``InputError``,
    ``UnsupportedError``, and ``ImageError`` where the file is not what was said of it."""
    if driver == "test":
        raise UnsupportedError(
            "source: libvirt's test driver keeps no content", where=Where(path="source"), hint="leave the image out"
        )
    if isinstance(inputs.source, Unknown):
        return inputs
    source = inputs.source
    refuse(_refusals(inputs, source), "a libvirt host")
    if inputs.format is None:
        raise InputError.one(
            "the format of a disk image is stated, never probed", where=Where(path="format"), hint="    format: qcow2"
        )
    if isinstance(source.url, str) and not source.url.startswith("https://"):
        raise InputError.one("must begin with https://", where=Where(path="source.url"))
    if not isinstance(source.file, str):
        return inputs
    return inputs.model_copy(update={"source": source.model_copy(update={"sha256": _digest(inputs, source)})})


def _refusals(inputs: Image, source: ImageSource) -> list[Refusal]:
    return [
        ("source.registry", given(source.registry), _INSTEAD),
        ("source.build", given(source.build), _INSTEAD),
        ("source.archive", given(source.archive), _INSTEAD),
        ("format", given(inputs.format) and known(inputs.format) not in (None, "raw", "qcow2"), "it is raw or qcow2"),
        ("platform", given(inputs.platform), "leave it out: a disk image is of one platform"),
        ("tags", given(inputs.tags), "leave it out: a machine names the image of the stack"),
        ("pull", known(inputs.pull) == "always", "leave it out: only the image of a registry can be pulled"),
        ("labels", given(inputs.labels), "leave them out: libvirt keeps none with an image"),
    ]


def _digest(inputs: Image, source: ImageSource) -> str:
    path = Path(str(source.file))
    with _about("source.file"):
        digest = source_digest(path)
        if not path.is_file():
            raise ImageError("is no file", source=path)
    if isinstance(source.sha256, str) and source.sha256 != digest:
        with _about("source.sha256"):
            raise ImageError(f"the sha256 of {path} is {digest} and should be {source.sha256}", source=path)
    if isinstance(inputs.format, str):
        with _about("source.file"), path.open("rb") as file:
            check_stated(file, inputs.format, path)
    return digest


@contextmanager
def _about(field: str) -> Iterator[None]:
    """An error inside is about this field."""
    try:
        yield
    except ImageError as error:
        error.problem = replace(error.problem, where=replace(error.where, path=field))
        raise
