"""What containers and machines are checked for alike."""

from collections.abc import Iterator

from virtwright.errors import UnsupportedError, Where
from virtwright.providers.namespace.containers.refusal import Refusal, differs, given
from virtwright.providers.namespace.images.reference import HOST, digest_of
from virtwright.providers.namespace.network.attach import check_attachments
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort
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


def check_networks(networks: list[NetworkAttachment], ports: list[PublishedPort]) -> None:
    """Raises ``UnsupportedError`` where ports are published on no network."""
    if networks == [] and (open_ports := [each for each in _listed(ports) if not isinstance(each, Unknown)]):
        check_attachments([], open_ports)


def network_refusals(networks: list[NetworkAttachment], ports: list[PublishedPort]) -> Iterator[Refusal]:
    for index, each in enumerate(_listed(networks)):
        if not isinstance(each, Unknown):
            hint = "leave it out, or use a libvirt host"
            yield f"networks[{index}].model", given(each.model), hint
            yield f"networks[{index}].boot_order", given(each.boot_order), hint
    for index, port in enumerate(_listed(ports)):
        if not isinstance(port, Unknown):
            yield f"ports[{index}].mode", differs(port.mode, None), "leave it out, or use a Docker Swarm"


def _listed(values: object) -> list:  # type: ignore[type-arg]
    return values if isinstance(values, list) else []
