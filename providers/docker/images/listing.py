"""The images that are on the host, and what their names say."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.images.identity import Bearer, bearers
from virtwright.providers.docker.images.references import parse

if TYPE_CHECKING:
    from virtwright.providers.docker.client.library import Client


@dataclass(frozen=True, slots=True)
class HostImage:
    """One image of the host."""

    id: str
    """``sha256:...`` of its configuration: the same content is the same image on every host."""
    names: tuple[str, ...]
    """``NAME:TAG`` as Docker lists them."""
    digests: tuple[str, ...]
    """``NAME@sha256:...``: how registries know it."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "HostImage":
        names = [name for name in told.get("RepoTags") or () if name != "<none>:<none>"]
        digests = [name for name in told.get("RepoDigests") or () if not name.startswith("<none>")]
        return cls(str(told["Id"]), tuple(names), tuple(digests))

    def bearers(self) -> list[Bearer]:
        return bearers(self.id, self.names)

    def has(self, name: str) -> bool:
        """Whether the image bears this name, however it is written."""
        wanted = parse(name)
        return wanted is not None and str(wanted) in self.names

    def others(self, mine: set[str]) -> list[str]:
        """Its names but ``mine``."""
        return [name for name in self.names if name not in mine]

    def digest_in(self, repository: str) -> str | None:
        """The digest that a repository knows it by."""
        found = [each for each in self.digests if each.rpartition("@")[0] == repository]
        return found[0].rpartition("@")[2] if found else None


@dataclass(frozen=True, slots=True)
class HostImages:
    """Asks the daemon."""

    connection: DockerConnection

    def all(self) -> list[HostImage]:
        """Everything, in one call."""
        return [HostImage.of(each) for each in self.connection.call("list the images", lambda client: client.images())]

    def find(self, name: str, context: Context | None = None) -> HostImage | None:
        """The image that has this name or id; None where there is none."""
        try:
            return HostImage.of(self._told(name, context))
        except GoneError:
            return None

    def platform(self, name: str) -> str:
        """``OS/ARCHITECTURE`` of an image that is there."""
        told = self._told(name)
        parts = [told.get("Os"), told.get("Architecture"), told.get("Variant")]
        return "/".join(str(part) for part in parts if part)

    def _told(self, name: str, context: Context | None = None) -> Mapping[str, Any]:
        def inspect(client: "Client") -> Mapping[str, Any]:
            told: Mapping[str, Any] = client.inspect_image(name)  # type: ignore[no-untyped-call]
            return told

        return self.connection.call(f"look at {name}", inspect, context)

    def bearing(self, id: str) -> Iterator[tuple[HostImage, Bearer]]:
        """The images that bear a name of the resource with this id. More than one only after a kill."""
        for image in self.all():
            for bearer in image.bearers():
                if bearer.id == id:
                    yield image, bearer

    def users(self, image: str) -> list[dict[str, Any]]:
        """Containers that were made from the image; others keep only its layers in use."""
        found = self.connection.call(
            "see who uses the image", lambda client: client.containers(all=True, filters={"ancestor": image})
        )
        return [each for each in found if each.get("ImageID") == image]

    def tag(self, image: str, name: str, context: Context) -> None:
        """Name an image, or give it another's name."""
        wanted = parse(name)
        assert wanted is not None
        self.connection.call(
            f"name the image {name}",
            lambda client: client.tag(image, wanted.repository, wanted.tag, force=True),
            context,
        )

    def untag(self, name: str, context: Context, *, force: bool = False) -> None:
        """Take a name away; the image goes with its last one. One that is not there is fine."""
        try:
            self.connection.call(
                f"remove the name {name}", lambda client: client.remove_image(name, force=force), context
            )
        except GoneError:
            return
