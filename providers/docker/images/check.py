"""What can be said of an image before its host is asked."""

from pathlib import Path
from typing import Any, Final

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.archives.digest import source_digest
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.docker.images.build_context import BuildFolder
from virtwright.providers.docker.images.identity import ROOT
from virtwright.providers.docker.images.references import image_name
from virtwright.providers.docker.labels import check_labels
from virtwright.schemas.image import BuildContext, Image, ImageSource
from virtwright.schemas.values import Unknown, has_unknown

_INSTEAD: Final = "a container starts from an archive, a registry's image or a build"


def check(inputs: Image) -> Image:
    """Refuses what a Docker host can't do, and fills in the checksum of what ``archive`` or ``build`` holds now, so that a
    change of it is a difference. Raises ``InputError``, ``UnsupportedError``."""
    if isinstance(inputs.source, Unknown):
        return inputs
    _check_supported(inputs, inputs.source)
    check_labels(inputs.labels)
    _check_names(inputs)
    return inputs.model_copy(update={"source": _with_digest(inputs.source)})


def _check_supported(inputs: Image, source: ImageSource) -> None:
    if source.file is not None:
        raise _unsupported("source.file", f"disk images have no use on a Docker host; {_INSTEAD}")
    if inputs.pool is not None:
        raise _unsupported("pool", "leave it out: the daemon keeps its images itself")
    if inputs.format in ("raw", "qcow2"):
        raise _unsupported("format", _INSTEAD)
    if inputs.format is not None and source.archive is None and source.url is None:
        raise _unsupported("format", "leave it out: only an archive has one")
    if inputs.labels and source.build is None:
        raise _unsupported("labels", "leave them out: only an image that is built here can be given labels")
    if isinstance(source.url, str) and not source.url.startswith("https://"):
        raise InputError.one("must begin with https://", where=Where(path="source.url"))
    if inputs.pull == "always" and source.registry is None:
        raise _unsupported("pull", "leave it out: only the image of a registry can be pulled")


def _check_names(inputs: Image) -> None:
    source = inputs.source
    if isinstance(source.registry, str):
        name = image_name(source.registry, "source.registry")
        if inputs.pull == "always" and name.digest is not None:
            raise InputError.one(
                "a digest never moves",
                where=Where(path="pull"),
                hint="leave it out, or name the image by its tag",
            )
    for index, tag in enumerate(inputs.tags if isinstance(inputs.tags, list) else ()):
        if not isinstance(tag, str):
            continue
        field = f"tags[{index}]"
        if image_name(tag, field).digest is not None:
            raise InputError.one("a tag can't hold a digest", where=Where(path=field))
        if tag.startswith(f"{ROOT}/"):
            raise InputError.one(f"names that begin with {ROOT}/ are virtwright's own", where=Where(path=field))


def _with_digest(source: ImageSource) -> ImageSource:
    if isinstance(source.archive, str):
        return source.model_copy(update={"sha256": _archive_digest(source.archive, source.sha256)})
    if isinstance(source.build, BuildContext) and not has_unknown([source.build.context, source.build.dockerfile]):
        build = source.build
        return source.model_copy(update={"build": build.model_copy(update={"sha256": _build_digest(build)})})
    return source


def _archive_digest(archive: str, wanted: Any) -> str:
    digest = source_digest(Path(archive))
    if isinstance(wanted, str) and wanted != digest:
        raise ImageError(f"its sha256 is {digest} and should be {wanted}", source=archive)
    return digest


def _build_digest(build: BuildContext) -> str:
    folder = BuildFolder(Path(build.context), build.dockerfile)
    folder.check()
    digest = folder.digest()
    if isinstance(build.sha256, str) and build.sha256 != digest:
        raise ImageError(f"the sha256 of what it holds is {digest} and should be {build.sha256}", source=build.context)
    return digest


def _unsupported(path: str, hint: str) -> UnsupportedError:
    return UnsupportedError(f"{path}: a Docker host can't use it", where=Where(path=path), hint=hint)
