"""What containers and machines are checked for alike."""

from collections.abc import Iterator

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.namespace.containers.refusal import Refusal, differs, given, listed
from virtwright.providers.namespace.images.reference import HOST, digest_of
from virtwright.providers.namespace.volumes.filesystem import SMALLEST
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort
from virtwright.schemas.quantities import format_size
from virtwright.schemas.values import Unknown


def check_image(image: object, path: str = "image") -> None:
    """An image is ``host`` or one of the store. Raises ``UnsupportedError``."""
    if not isinstance(image, str) or image == HOST or digest_of(image):
        return
    hint = "name an image of the stack:\n    images: {NAME: {source: {archive: IMAGE.tar}}}\nor use image: host"
    raise UnsupportedError(
        f"{path}: the namespace runtime fetches nothing from registries, and {image!r} is no image of the stack",
        where=Where(path=path),
        hint=hint,
    )


def host_folder_refusals(image: object, block: object) -> Iterator[Refusal]:
    """Folders of the host are shown by the host's root only; an image has its own."""
    folders = getattr(block, "host_folders", ())
    asked = not isinstance(image, Unknown) and image != HOST and any(listed(folders))
    yield (
        "namespace.host_folders",
        asked,
        "leave it out, or use image: host; into an image, volumes bring a folder of the host",
    )


def check_disk_limit(block: object) -> None:
    """Raises ``InputError`` where the layer would be too small for a file system."""
    limit = getattr(block, "disk_limit", None)
    if isinstance(limit, int) and limit < SMALLEST:
        raise InputError.one(
            f"the layer needs at least {format_size(SMALLEST)}", where=Where(path="namespace.disk_limit")
        )


def check_networks(networks: list[NetworkAttachment], ports: list[PublishedPort]) -> None:
    """Raises ``UnsupportedError`` where ports are published on no network."""
    if networks == [] and any(listed(ports)):
        raise UnsupportedError(
            "ports can't be published without a network", hint="add a network: networks: [back]; or leave out ports"
        )


def network_refusals(networks: list[NetworkAttachment], ports: list[PublishedPort]) -> Iterator[Refusal]:
    hint = "leave it out, or use a libvirt host"
    for index, each in listed(networks):
        yield f"networks[{index}].model", given(each.model), hint
        yield f"networks[{index}].boot_order", given(each.boot_order), hint
    for index, port in listed(ports):
        yield f"ports[{index}].mode", differs(port.mode, None), "leave it out, or use a Docker Swarm"
