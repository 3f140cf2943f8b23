"""Take a resource's names off its image. The image goes with them where nobody else names or uses it."""

from typing import Final

from virtwright.errors import HostError
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.images.identity import Bearer
from virtwright.providers.docker.images.listing import HostImage, HostImages
from virtwright.providers.docker.images.references import parse

STEP: Final = "docker.image"


@dataclass(frozen=True, slots=True)
class Remover:
    """Removes from one host. Use it under a lock: two that share an image must not both leave its end to the other."""

    images: HostImages

    def remove(self, id: str, context: Context) -> None:
        """Raises ``HostError`` where a container of a stack still uses what would be removed."""
        for image, bearer in list(self.images.bearing(id)):
            self._take_off(image, bearer, context)

    def _take_off(self, image: HostImage, bearer: Bearer, context: Context) -> None:
        others = [name for each in image.bearers() if each.id != bearer.id for name in _declared(each)]
        kept = {str(parse(name)) for name in others}  # the resource that takes this one's place may be the same image
        tags = [name for tag in _declared(bearer) if image.has(tag) and (name := str(parse(tag))) not in kept]
        own = {*tags, *bearer.names}
        last = not image.others(own)
        users = self.images.users(image.id) if last else []
        if users and any(Stamp.from_labels(each.get("Labels") or {}) for each in users):
            names = ", ".join(sorted(str(each["Names"][0]).lstrip("/") for each in users))
            raise HostError(
                f"the image {bearer.urn.name} is in use by {names}",
                hint="remove what uses it first",
            )
        for name in tags:
            self.images.untag(name, context)
        reach(STEP)
        if last and not users:
            for digest in image.digests:
                self.images.untag(digest, context)
        # the part that a whole stamp can't do without goes last, so that what is left after a kill is found again
        for name in sorted(bearer.names, key=_place, reverse=True):
            self.images.untag(name, context, force=bool(users))


def _declared(bearer: Bearer) -> tuple[str, ...]:
    return bearer.mark.tags if bearer.mark is not None else ()


def _place(name: str) -> tuple[int, int]:
    """Serial and index in a name of the stamp."""
    _, serial, index, *_ = name.rpartition(":")[2].split(".")
    return int(serial, 16), int(index)
