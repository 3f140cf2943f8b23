"""What the host contributes to a sandbox, beside the inputs."""

from collections.abc import Mapping
from pathlib import Path

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.containers.image_source import BaseImage


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a container lives on this host."""

    id: str
    folder: Path
    """The object's own folder."""
    name: str
    """The resource's name: the default hostname."""
    image: BaseImage
    netns: Path
    hosts_file: Path
    """Mounted at /etc/hosts."""
    resolver_file: Path | None
    """Mounted at /etc/resolv.conf; None leaves the image's own."""
    volumes: Mapping[str, Path]
    """Where the data of each volume lies, by the volume's name on the host."""
