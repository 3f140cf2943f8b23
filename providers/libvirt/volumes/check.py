"""What of a volume libvirt can't do, and the values that it has by itself. Nothing is asked of the host."""

from pathlib import Path
from typing import Any

from virtwright.errors import InputError, Where
from virtwright.providers.libvirt.connection.address import Driver
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.refusal import Refusal, given, known, refuse
from virtwright.schemas.values import Unknown
from virtwright.schemas.volume import Volume, VolumeSource


def check_volume(inputs: Volume, driver: Driver) -> Volume:
    """``driver`` is libvirt's: the test driver keeps no content. Raises ``UnsupportedError`` and ``InputError``."""
    if inputs.existing is not None:
        return inputs
    source = inputs.source if isinstance(inputs.source, VolumeSource) else VolumeSource.model_construct()
    refuse(_refusals(inputs, source, driver), "a libvirt host")
    usual = "raw" if given(source.content) else ABILITIES[driver].layout.format
    format = inputs.format if inputs.format is not None else usual
    allocation = inputs.allocation if inputs.allocation is not None else "thin"
    if inputs.size is None and inputs.source is None and inputs.backing is None:
        raise InputError.one(
            "a volume of a libvirt host needs a size", where=Where(path="size"), hint="    size: 10GiB"
        )
    if given(source.content):
        _check_content(inputs, source)
    return inputs.model_copy(update={"format": format, "allocation": allocation})


def _refusals(inputs: Volume, source: VolumeSource, driver: Driver) -> list[Refusal]:
    is_test = driver == "test"
    formats = ABILITIES[driver].layout.formats
    qcow2 = known(inputs.format) == "qcow2"
    return [
        ("labels", given(inputs.labels), "leave them out: libvirt keeps none with a volume"),
        ("libvirt", given(_overlay(inputs)), "leave it out: what is laid over the XML of a volume does not last"),
        ("source.content", given(source.content) and (is_test or qcow2),
         "libvirt's test driver keeps no content" if is_test else "a folder's files make a raw volume:\n    format: raw"),
        ("format", qcow2 and "qcow2" not in formats, "machines of this host read raw volumes only:\n    format: raw"),
        ("backing", given(inputs.backing) and "qcow2" not in formats,
         "machines of this host read raw volumes only, which are no layers: copy it:\n    source: {image: ...}"),
        ("backing", given(inputs.backing) and known(inputs.format) == "raw", "a layer over another volume is qcow2:\n    format: qcow2"),
        ("allocation", given(inputs.backing) and known(inputs.allocation) == "full",
         "leave it out: a layer over another volume takes space as it is used"),
    ]  # fmt: skip


def _overlay(inputs: Volume) -> Any:
    return None if inputs.libvirt is None or isinstance(inputs.libvirt, Unknown) else inputs.libvirt.xml


def _check_content(inputs: Volume, source: VolumeSource) -> None:
    if inputs.size is None:
        hint = "it is the size of the file system that they are put into:\n    size: 1GiB"
        raise InputError.one("a volume that is filled with files needs a size", where=Where(path="size"), hint=hint)
    if isinstance(source.content, str) and not Path(source.content).is_dir():
        raise InputError.one("there is no such folder", where=Where(file=source.content, path="source.content"))
