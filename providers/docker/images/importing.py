"""Images that somebody else made: what can be taken over, and how such a one is changed and deleted without a stamp."""

from collections.abc import Collection, Iterator
from typing import Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Found
from virtwright.providers.context import Context
from virtwright.providers.docker.images.identity import is_ours
from virtwright.providers.docker.images.listing import HostImage, HostImages
from virtwright.providers.docker.images.references import parse
from virtwright.schemas.image import Image, ImageOutputs, ImageSource

PREFIX: Final = "sha256:"
"""What the id of such an image begins with: it is Docker's own."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """On one host."""

    images: HostImages

    def find(self, names: Collection[str] | None) -> Iterator[Found[Image, ImageOutputs]]:
        """By id, or by a name however it is written. What has no name can't be told in a stack, and is left out."""
        for image in self.images.all():
            own = _names(image)
            asked = names is None or image.id in names or any(image.has(name) for name in names)
            if not own or not asked:
                continue
            marks = [bearer.mark for bearer in image.bearers() if bearer.mark is not None]
            if marks and names is None:
                continue
            name = next((each for each in names or () if image.has(each)), own[0])
            yield Found(image.id, name, _inputs(name), outputs(image), marks[0].stamp if marks else None)

    def need(self, id: str) -> HostImage:
        """Raises ``HostError`` where the image is gone."""
        image = self.images.find(id)
        if image is None:
            raise HostError(f"the image {id} is gone", hint="apply again: it will be made anew")
        return image

    def rename(self, id: str, before: Collection[str], after: Collection[str], context: Context) -> HostImage:
        """Give it these names in the place of those."""
        image, kept = self.need(id), {str(parse(name)) for name in after}
        for name in after:
            self.images.tag(id, name, context)
        for name in before:
            if str(parse(name)) not in kept and image.has(name):
                self.images.untag(name, context)
        return self.need(id)

    def remove(self, id: str, context: Context) -> None:
        """Its names, and with them the image. Raises ``HostError`` where a container uses it."""
        image = self.images.find(id, context)
        if image is None:
            return
        if users := self.images.users(image.id):
            names = ", ".join(sorted(str(each["Names"][0]).lstrip("/") for each in users))
            raise HostError(f"the image {image.names[0]} is in use by {names}", hint="remove what uses it first")
        for name in (*image.digests, *(each for each in image.names if not is_ours(each))):
            self.images.untag(name, context)


def outputs(image: HostImage) -> ImageOutputs:
    reference = image.digests[0] if image.digests else image.id
    return ImageOutputs(
        id=image.id, name=_names(image)[0], reference=reference, digest=reference.rpartition("@")[2] or image.id
    )


def _names(image: HostImage) -> list[str]:
    return [name for name in image.names if not is_ours(name)] or list(image.digests)


def _inputs(name: str) -> Image:
    """What the stack says of it counts from then on; nothing of it can be read back."""
    return Image.model_construct(set(), source=ImageSource(registry=name))
