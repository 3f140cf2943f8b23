"""The image that a container or machine starts from, found in the store."""

from dataclasses import field

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.config import ImageConfig
from virtwright.providers.namespace.images.reference import HOST, digest_of
from virtwright.providers.namespace.images.store import ImageStore


@dataclass(frozen=True, slots=True)
class BaseImage:
    """What lies below a container's own layer."""

    layers: tuple[str, ...]
    """For a sandbox: ``host``, or a folder of the store."""
    digest: str | None = None
    """``sha256:...``; None for the host's root."""
    config: ImageConfig = field(default_factory=ImageConfig)


def find_image(store: ImageStore, reference: str) -> BaseImage:
    """Raises ``HostError`` where the image is not on this host."""
    if reference == HOST:
        return BaseImage((HOST,))
    digest = digest_of(reference)
    stored = store.find(digest) if digest else None
    if stored is None:
        raise HostError(f"the image {reference} is not on this host", hint="apply the stack that has the image first")
    return BaseImage((str(stored.rootfs),), reference, stored.config)
