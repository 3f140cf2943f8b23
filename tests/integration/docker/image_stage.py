"""The handler of images on a real engine, and what a test asks of the engine itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import image_archives as make
from tests.docker_lab import DockerLab

from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.handler import ImageHandler
from virtwright.schemas.host import Host
from virtwright.schemas.image import Image, ImageOutputs

STACK = "shop/dev"


@dataclass
class ImageStage:
    """Applies images as the engine would: check, then create or diff and update."""

    lab: DockerLab
    handler: ImageHandler
    messages: list[tuple[str, float | None]] = field(default_factory=list)
    operations: int = 0

    @property
    def context(self) -> Context:
        return Context(progress=lambda message, fraction=None: self.messages.append((message, fraction)))

    def stamp(self, name: str, stack: str = "dev") -> Stamp:
        self.operations += 1
        urn = f"urn:pulumi:{stack}::shop::virtwright:index:Image::{name}"
        return Stamp(f"shop/{stack}", urn, f"{self.operations:x}" * 32, "ab" * 32)

    def checked(self, inputs: Mapping[str, Any]) -> Image:
        return self.handler.check(Image.model_validate(inputs))

    def create(self, name: str, context: Context | None = None, **inputs: Any) -> ImageOutputs:
        return self.handler.create(self.stamp(name), self.checked(inputs), context or self.context)

    def update(self, name: str, id: str, **inputs: Any) -> ImageOutputs:
        goal = self.checked(inputs)
        return self.handler.update(id, self.stamp(name), self.seen(id).inputs, goal, self.context)

    def delete(self, id: str) -> None:
        self.handler.delete(id, self.context)

    def observed(self, stack: str = STACK) -> list[Observed[Image, ImageOutputs]]:
        return list(self.handler.observe(stack))

    def seen(self, id: str) -> Observed[Image, ImageOutputs]:
        return next(each for each in self.observed() if each.id == id)

    def images(self) -> dict[str, set[str]]:
        """Every image of the engine but the lab's own: by id, its names that are no stamp and its digests."""
        return {
            each["Id"]: {
                name
                for name in (*(each["RepoTags"] or ()), *(each["RepoDigests"] or ()))
                if not name.startswith("virtwright/")
            }
            for each in self.lab.api.images(all=True)
            if not self.lab.is_own(each)
        }


@contextmanager
def image_stage(lab: DockerLab, **host: Any) -> Iterator[ImageStage]:
    connection = DockerConnection("lab", Host.model_validate({"uri": lab.uri, **host}))
    try:
        yield ImageStage(lab, ImageHandler(connection))
    finally:
        connection.close()


def write_rootfs(folder: Path, **files: str) -> Path:
    """A folder with a root file system: busybox and these files."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "busybox").write_bytes(make.BUSYBOX.read_bytes())
    (folder / "bin" / "busybox").chmod(0o755)
    (folder / "bin" / "sh").symlink_to("busybox")
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def write_context(folder: Path, dockerfile: str, **files: str) -> Path:
    """A folder to build from."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(dockerfile)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder
