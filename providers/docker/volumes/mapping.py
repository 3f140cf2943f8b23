"""Volumes: from inputs to what the Docker API creates, and back. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Volume
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from virtwright.errors import UnsupportedError, Where
from virtwright.providers.docker.labels import OPERATION, foreign_labels, own_labels, told_time
from virtwright.providers.docker.refusal import Refusal, given, known, refuse
from virtwright.providers.label_json import parse_object
from virtwright.schemas.values import Unknown
from virtwright.schemas.volume import DockerVolume, Volume, VolumeOutputs, VolumeSource

LOCAL: Final = "local"
_WHICH: Final = "@"
"""Behind it, in an id, comes what the name does not tell. No volume's name holds it."""
DATED: Final = "virtwright.dated"
"""The label of a volume whose id tells also when it was made. Older ones have the ids that their states know."""
RECORD: Final = "virtwright.volume"
"""The label with what a volume was made from."""
_ANONYMOUS: Final = re.compile("[0-9a-f]{64}")
KEPT: Final = ("size", "source", "docker", "allocation")


def check_volume(inputs: Volume) -> Volume:
    """Raises ``UnsupportedError`` and ``InputError``."""
    refuse(_refusals(inputs))
    if known(inputs.size) is not None and isinstance(inputs.docker, DockerVolume | None):
        docker = inputs.docker or DockerVolume()
        if (known(docker.driver, LOCAL) or LOCAL) == LOCAL and not _in_memory(docker):
            raise UnsupportedError(
                "size: Docker's local driver has no limit for a volume",
                where=Where(path="size"),
                hint="leave it out, use a driver that has one, or keep it in memory:\n"
                "    docker: {options: {type: tmpfs, device: tmpfs}}",
            )
    return inputs


def _refusals(inputs: Volume) -> list[Refusal]:
    source = inputs.source if isinstance(inputs.source, VolumeSource) else VolumeSource.model_construct()
    memory = isinstance(inputs.docker, DockerVolume) and _in_memory(inputs.docker)
    hint = "leave it out: a Docker volume is a folder"
    return [
        ("format", given(inputs.format), hint),
        ("pool", given(inputs.pool), hint),
        ("allocation", known(inputs.allocation) == "full", "leave it out: space is taken as it is used"),
        ("backing", given(inputs.backing), "use source.clone for a copy"),
        ("source.image", given(source.image), "use source.content, or a container that fills it"),
        ("source", memory and given(inputs.source), "what is in memory is empty at each start; leave it out"),
    ]


def _in_memory(docker: DockerVolume) -> bool:
    options = docker.options
    return not isinstance(options, dict) or isinstance(options.get("type"), Unknown) or options.get("type") == "tmpfs"


def create_body(inputs: Volume, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """What ``POST /volumes/create`` takes."""
    return {
        "Name": name,
        "Driver": _driver(inputs),
        "DriverOpts": driver_options(inputs),
        "Labels": {**labels, **record_label(inputs), **_dated(inputs)},
    }


def _driver(inputs: Volume) -> str:
    return (inputs.docker or DockerVolume()).driver or LOCAL


def _dated(inputs: Volume) -> dict[str, str]:
    """What plugins tell of a volume's age may change."""
    return {DATED: "1"} if _driver(inputs) == LOCAL else {}


def driver_options(inputs: Volume) -> dict[str, str]:
    """With the size where the driver takes one: as mount option of a tmpfs, else as the option ``size``."""
    docker = inputs.docker or DockerVolume()
    options = dict(docker.options)
    if inputs.size is None:
        return options
    if (docker.driver or LOCAL) != LOCAL:
        return {"size": str(inputs.size), **options}
    return {**options, "o": ",".join(filter(None, (options.get("o"), f"size={inputs.size}")))}


def record_label(inputs: Volume) -> dict[str, str]:
    kept = inputs.model_dump(mode="json", include=set(KEPT), exclude_defaults=True, warnings=False)
    return {RECORD: json.dumps(kept, separators=(",", ":"))}


def read_volume(found: Mapping[str, Any]) -> Volume:
    """``found`` is one item of ``GET /volumes``. Labels that were changed since are only known to the state."""
    labels = found.get("Labels") or {}
    known_fields = {name: value for name, value in parse_object(labels.get(RECORD)).items() if name in KEPT}
    try:
        whole = Volume.model_validate({**known_fields, "labels": own_labels(labels)})
    except ValidationError:
        whole = Volume.model_construct(labels=own_labels(labels))
    return Volume.model_construct({*Volume.model_fields} - {"labels"}, **dict(whole))


def is_anonymous(found: Mapping[str, Any]) -> bool:
    """Whether it was made for one container, and goes with it."""
    return _ANONYMOUS.fullmatch(found["Name"]) is not None or "com.docker.volume.anonymous" in (
        found.get("Labels") or {}
    )


def tell_volume(found: Mapping[str, Any]) -> tuple[Volume, tuple[str, ...]]:
    """The inputs of a volume that somebody else made, and the settings without a word."""
    labels = foreign_labels(found.get("Labels"))
    driver, options = found.get("Driver"), found.get("Options") or {}
    docker = {"driver": driver if driver != LOCAL else None, "options": options}
    values = {"labels": labels, "docker": docker if any(docker.values()) else None}
    unsaid = (
        ["Labels: com.docker.compose.*, by which docker compose knows it"]
        if len(labels) < len(own_labels(found.get("Labels")))
        else []
    )
    try:
        whole = Volume.model_validate(values)
    except ValidationError:
        whole = Volume.model_validate({**values, "labels": {}})
        unsaid.append("Labels: some that can't be written")
    return Volume.model_construct({*Volume.model_fields} - {"allocation", "libvirt"}, **dict(whole)), tuple(unsaid)


def identity(found: Mapping[str, Any]) -> str:
    """The name, and which one of that name: Docker's volumes have no id, and a name may be used again, also with the same labels."""
    labels = found.get("Labels") or {}
    if not (which := labels.get(OPERATION)):
        return str(found["Name"])
    if DATED in labels:
        which = f"{which}\0{_moment(found.get('CreatedAt'))}"
    return f"{found['Name']}{_WHICH}{hashlib.sha256(which.encode()).hexdigest()[:12]}"


def _moment(created: str | None) -> str:
    """In whole seconds, the same one whatever zone the daemon tells it in."""
    try:
        return str(int(datetime.fromisoformat(told_time(created)).timestamp()))
    except ValueError:
        return ""


def name_of(id: str) -> str:
    return id.partition(_WHICH)[0]


def read_outputs(found: Mapping[str, Any]) -> VolumeOutputs:
    return VolumeOutputs(
        id=identity(found), name=found["Name"], path=found.get("Mountpoint") or None, size=read_volume(found).size
    )
