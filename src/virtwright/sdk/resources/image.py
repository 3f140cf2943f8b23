"""The resource Image.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import pulumi

from virtwright.sdk import outputs
from virtwright.sdk.inputs.image import ImageSourceArgs, ImageSourceArgsDict


class Image(pulumi.CustomResource):
    """An image kept on a host."""

    source: pulumi.Output[outputs.ImageSource]
    """Where it comes from. A single text is a registry reference."""
    format: pulumi.Output[str | None]
    """The format, stated and never probed for disk images. Default: told from an archive's own index."""
    pull: pulumi.Output[str]
    """``always``: a tag that moved in the registry is drift. Default: missing."""
    platform: pulumi.Output[str | None]
    """Which of a registry's images to take, or to build, as ``linux/arm64``. Default: the host's."""
    tags: pulumi.Output[Sequence[str]]
    """More names for the image on the host. Default: none."""
    push: pulumi.Output[bool]
    """Push the image under each of ``tags`` to the registry it names. Default: false."""
    pool: pulumi.Output[str | None]
    """The storage pool it is kept in. Default: the provider's."""
    labels: pulumi.Output[Mapping[str, str]]
    """Marks for people and tools. Default: none."""
    name: pulumi.Output[str]
    """Its name on the host."""
    reference: pulumi.Output[str]
    """What a machine or container names to start from this image."""
    digest: pulumi.Output[str | None]
    """The digest of its content, as ``sha256:...``."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        source: pulumi.Input[str | ImageSourceArgs | ImageSourceArgsDict],
        format: pulumi.Input[Literal["raw", "qcow2", "rootfs", "docker-archive", "oci-archive"]] | None = None,
        pull: pulumi.Input[Literal["missing", "always"]] | None = None,
        platform: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        push: pulumi.Input[bool] | None = None,
        pool: pulumi.Input[str] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """
        :param resource_name: Its name in the stack.
        :param opts: Options common to all resources: ``depends_on``, ``protect``, ``provider``, ...
        :param source: Where it comes from. A single text is a registry reference.
        :param format: The format, stated and never probed for disk images. Default: told from an archive's
            own index.
        :param pull: ``always``: a tag that moved in the registry is drift. Default: missing.
        :param platform: Which of a registry's images to take, or to build, as ``linux/arm64``. Default: the
            host's.
        :param tags: More names for the image on the host. Default: none.
        :param push: Push the image under each of ``tags`` to the registry it names. Default: false.
        :param pool: The storage pool it is kept in. Default: the provider's.
        :param labels: Marks for people and tools. Default: none.
        """
        properties: dict[str, Any] = {
            "source": source,
            "format": format,
            "pull": pull,
            "platform": platform,
            "tags": tags,
            "push": push,
            "pool": pool,
            "labels": labels,
            "name": None,
            "reference": None,
            "digest": None,
        }
        super().__init__("virtwright:index:Image", resource_name, properties, opts)

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Image:
        """One that is there already, by the id that its host knows it by. It is read, and never changed or deleted."""
        return Image(
            resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)), source=cast(Any, None)
        )
