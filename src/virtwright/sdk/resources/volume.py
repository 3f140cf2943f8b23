"""The resource Volume.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from virtwright.sdk import outputs
from virtwright.sdk.inputs.overlay import LibvirtOverlayArgs, LibvirtOverlayArgsDict
from virtwright.sdk.inputs.volume import DockerVolumeArgs, DockerVolumeArgsDict, VolumeSourceArgs, VolumeSourceArgsDict


class Volume(pulumi.CustomResource):
    """A volume. It is never deleted or replaced unless the user allowed the data loss by name."""

    size: pulumi.Output[int | None]
    """Capacity in bytes."""
    format: pulumi.Output[str | None]
    """Disk format, for providers that have one. Default: the provider's."""
    pool: pulumi.Output[str | None]
    """The storage pool. Default: the provider's."""
    allocation: pulumi.Output[str | None]
    """Take space as it is used, or all of it at once. Default: thin where the provider can."""
    source: pulumi.Output[outputs.VolumeSource | None]
    """What it is filled with when it is made. Default: empty."""
    backing: pulumi.Output[str | None]
    """A volume or image file this one is a copy-on-write layer over. Default: none."""
    labels: pulumi.Output[Mapping[str, str]]
    """Marks for people and tools. Default: none."""
    docker: pulumi.Output[outputs.DockerVolume | None]
    """Settings for Docker hosts only."""
    libvirt: pulumi.Output[outputs.LibvirtOverlay | None]
    """Settings for libvirt hosts only."""
    existing: pulumi.Output[str | None]
    """The name that it has on the host, where somebody else made it: it is used as it is, and never made, changed or
    deleted. Nothing else can be said of it then. Default: it is the stack's own."""
    name: pulumi.Output[str]
    """The volume's name on the host."""
    path: pulumi.Output[str | None]
    """Where its data lies on the host."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        size: pulumi.Input[int | str] | None = None,
        format: pulumi.Input[Literal["raw", "qcow2"]] | None = None,
        pool: pulumi.Input[str] | None = None,
        allocation: pulumi.Input[Literal["thin", "full"]] | None = None,
        source: pulumi.Input[VolumeSourceArgs | VolumeSourceArgsDict] | None = None,
        backing: pulumi.Input[str] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        docker: pulumi.Input[DockerVolumeArgs | DockerVolumeArgsDict] | None = None,
        libvirt: pulumi.Input[LibvirtOverlayArgs | LibvirtOverlayArgsDict] | None = None,
        existing: pulumi.Input[str] | None = None,
    ) -> None:
        """
        :param resource_name: Its name in the stack.
        :param opts: Options common to all resources: ``depends_on``, ``protect``, ``provider``, ...
        :param size: Capacity in bytes, as ``10GiB``. Default: without a limit where the provider can, else an
            error.
        :param format: Disk format, for providers that have one. Default: the provider's.
        :param pool: The storage pool. Default: the provider's.
        :param allocation: Take space as it is used, or all of it at once. Default: thin where the provider
            can.
        :param source: What it is filled with when it is made. Default: empty.
        :param backing: A volume or image file this one is a copy-on-write layer over. Default: none.
        :param labels: Marks for people and tools. Default: none.
        :param docker: Settings for Docker hosts only.
        :param libvirt: Settings for libvirt hosts only.
        :param existing: The name that it has on the host, where somebody else made it: it is used as it is,
            and never made, changed or deleted. Nothing else can be said of it then. Default: it is the stack's
            own.
        """
        properties: dict[str, Any] = {
            "size": size,
            "format": format,
            "pool": pool,
            "allocation": allocation,
            "source": source,
            "backing": backing,
            "labels": labels,
            "docker": docker,
            "libvirt": libvirt,
            "existing": existing,
            "name": None,
            "path": None,
        }
        super().__init__("virtwright:index:Volume", resource_name, properties, opts)

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Volume:
        """One that is there already, by the id that its host knows it by. It is read, and never changed or deleted."""
        return Volume(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
