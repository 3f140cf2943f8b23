"""The resource Service.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import pulumi

from virtwright.sdk import outputs
from virtwright.sdk.inputs.attachments import (
    FileArgs,
    FileArgsDict,
    NetworkAttachmentArgs,
    NetworkAttachmentArgsDict,
    PublishedPortArgs,
    PublishedPortArgsDict,
)
from virtwright.sdk.inputs.container import (
    ContainerResourcesArgs,
    ContainerResourcesArgsDict,
    NamespaceContainerArgs,
    NamespaceContainerArgsDict,
)
from virtwright.sdk.inputs.docker_container import DockerServiceArgs, DockerServiceArgsDict
from virtwright.sdk.inputs.readiness import HealthcheckArgs, HealthcheckArgsDict, WaitForArgs, WaitForArgsDict
from virtwright.sdk.inputs.service import (
    PlacementArgs,
    PlacementArgsDict,
    RollbackPolicyArgs,
    RollbackPolicyArgsDict,
    UpdatePolicyArgs,
    UpdatePolicyArgsDict,
)
from virtwright.sdk.inputs.storage import MountArgs, MountArgsDict
from virtwright.sdk.words import Words


class Service(pulumi.CustomResource):
    """A container in ``replicas`` copies, updated without an outage."""

    image: pulumi.Output[str]
    """An image of the stack, a registry reference, or ``host`` for the host's own root file system, read-only."""
    command: pulumi.Output[Sequence[str] | None]
    """What it runs. A single text is run by ``/bin/sh -c``. Default: the image's."""
    entrypoint: pulumi.Output[Sequence[str] | None]
    """What the command is given to as arguments. Default: the image's."""
    environment: pulumi.Output[Mapping[str, str]]
    """Variables, added to the image's. Default: none."""
    working_dir: pulumi.Output[str | None]
    """The folder it starts in. Default: the image's."""
    user: pulumi.Output[str | None]
    """``user`` or ``user:group``, by name or number. Default: the image's."""
    hostname: pulumi.Output[str | None]
    """Default: the resource's name."""
    ports: pulumi.Output[Sequence[outputs.PublishedPort]]
    """Ports of the host that lead to it, as ``8080:80``. Default: none."""
    networks: pulumi.Output[Sequence[outputs.NetworkAttachment]]
    """The networks it joins. Default: the provider's own, or none."""
    volumes: pulumi.Output[Sequence[outputs.Mount]]
    """Volumes and folders of the host, as ``data:/var/lib/data``. Default: none."""
    files: pulumi.Output[Sequence[outputs.File]]
    """Files written before it starts. Default: none."""
    resources: pulumi.Output[outputs.ContainerResources]
    """Limits. Default: none."""
    restart: pulumi.Output[str]
    """When it is started again after its command ended. Default: unless-stopped."""
    healthcheck: pulumi.Output[outputs.Healthcheck | None]
    """How to see that it works; ``none`` turns the image's own off. Default: the image's."""
    stop_signal: pulumi.Output[str]
    """The signal that asks it to stop. Default: SIGTERM."""
    stop_timeout: pulumi.Output[float]
    """How long it may take to stop before it is killed, in seconds. Default: 10s."""
    capabilities: pulumi.Output[Sequence[str]]
    """Linux capabilities added to the default set. Default: none."""
    drop_capabilities: pulumi.Output[Sequence[str]]
    """Linux capabilities taken from the default set; ``ALL`` takes all. Default: none."""
    read_only: pulumi.Output[bool]
    """The root file system can't be written. Default: false."""
    description: pulumi.Output[str]
    """What it is for. Default: empty."""
    labels: pulumi.Output[Mapping[str, str]]
    """Marks for people and tools. Default: none."""
    wait_for: pulumi.Output[outputs.WaitFor | None]
    """What must be seen before it counts as created. Default: that it runs."""
    namespace: pulumi.Output[outputs.NamespaceContainer | None]
    """Settings for the namespace runtime only."""
    docker: pulumi.Output[outputs.DockerService | None]
    """Settings for Docker hosts and Swarms only."""
    mode: pulumi.Output[str]
    """``replicated``: as many copies as ``replicas`` says. ``global``: one on each host. Default: replicated."""
    replicas: pulumi.Output[int]
    """Copies that run."""
    placement: pulumi.Output[outputs.Placement]
    """Where the copies run. Default: on the service's own host."""
    update: pulumi.Output[outputs.UpdatePolicy]
    """How a new version replaces the old one. Default: one copy at a time, started before the old is stopped."""
    rollback: pulumi.Output[outputs.RollbackPolicy | None]
    """How the old version comes back. Default: as ``update``."""
    name: pulumi.Output[str]
    """Its name on the host."""
    addresses: pulumi.Output[Sequence[str]]
    """The addresses of the copies that run, or the one address of all."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        image: pulumi.Input[str],
        command: pulumi.Input[Words] | None = None,
        entrypoint: pulumi.Input[Words] | None = None,
        environment: pulumi.Input[Mapping[str, pulumi.Input[str | int | float | bool]]] | None = None,
        working_dir: pulumi.Input[str] | None = None,
        user: pulumi.Input[str] | None = None,
        hostname: pulumi.Input[str] | None = None,
        ports: pulumi.Input[Sequence[pulumi.Input[str | int | PublishedPortArgs | PublishedPortArgsDict]]]
        | None = None,
        networks: pulumi.Input[Sequence[pulumi.Input[str | NetworkAttachmentArgs | NetworkAttachmentArgsDict]]]
        | None = None,
        volumes: pulumi.Input[Sequence[pulumi.Input[str | MountArgs | MountArgsDict]]] | None = None,
        files: pulumi.Input[Sequence[pulumi.Input[FileArgs | FileArgsDict]]] | None = None,
        resources: pulumi.Input[ContainerResourcesArgs | ContainerResourcesArgsDict] | None = None,
        restart: pulumi.Input[Literal["no", "on-failure", "always", "unless-stopped"]] | None = None,
        healthcheck: pulumi.Input[HealthcheckArgs | HealthcheckArgsDict | str] | None = None,
        stop_signal: pulumi.Input[str] | None = None,
        stop_timeout: pulumi.Input[float | str] | None = None,
        capabilities: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        drop_capabilities: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        read_only: pulumi.Input[bool] | None = None,
        description: pulumi.Input[str] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        wait_for: pulumi.Input[WaitForArgs | WaitForArgsDict] | None = None,
        namespace: pulumi.Input[NamespaceContainerArgs | NamespaceContainerArgsDict] | None = None,
        docker: pulumi.Input[DockerServiceArgs | DockerServiceArgsDict] | None = None,
        mode: pulumi.Input[Literal["replicated", "global"]] | None = None,
        replicas: pulumi.Input[int] | None = None,
        placement: pulumi.Input[PlacementArgs | PlacementArgsDict] | None = None,
        update: pulumi.Input[UpdatePolicyArgs | UpdatePolicyArgsDict] | None = None,
        rollback: pulumi.Input[RollbackPolicyArgs | RollbackPolicyArgsDict] | None = None,
    ) -> None:
        """
        :param resource_name: Its name in the stack.
        :param opts: Options common to all resources: ``depends_on``, ``protect``, ``provider``, ...
        :param image: An image of the stack, a registry reference, or ``host`` for the host's own root file
            system, read-only.
        :param command: What it runs. A single text is run by ``/bin/sh -c``. Default: the image's.
        :param entrypoint: What the command is given to as arguments. Default: the image's.
        :param environment: Variables, added to the image's. Default: none.
        :param working_dir: The folder it starts in. Default: the image's.
        :param user: ``user`` or ``user:group``, by name or number. Default: the image's.
        :param hostname: Default: the resource's name.
        :param ports: Ports of the host that lead to it, as ``8080:80``. Default: none.
        :param networks: The networks it joins. Default: the provider's own, or none.
        :param volumes: Volumes and folders of the host, as ``data:/var/lib/data``. Default: none.
        :param files: Files written before it starts. Default: none.
        :param resources: Limits. Default: none.
        :param restart: When it is started again after its command ended. Default: unless-stopped.
        :param healthcheck: How to see that it works; ``none`` turns the image's own off. Default: the
            image's.
        :param stop_signal: The signal that asks it to stop. Default: SIGTERM.
        :param stop_timeout: How long it may take to stop before it is killed, in seconds. Default: 10s.
        :param capabilities: Linux capabilities added to the default set. Default: none.
        :param drop_capabilities: Linux capabilities taken from the default set; ``ALL`` takes all. Default:
            none.
        :param read_only: The root file system can't be written. Default: false.
        :param description: What it is for. Default: empty.
        :param labels: Marks for people and tools. Default: none.
        :param wait_for: What must be seen before it counts as created. Default: that it runs.
        :param namespace: Settings for the namespace runtime only.
        :param docker: Settings for Docker hosts and Swarms only.
        :param mode: ``replicated``: as many copies as ``replicas`` says. ``global``: one on each host.
            Default: replicated.
        :param replicas: How many copies. Default: 1.
        :param placement: Where the copies run. Default: on the service's own host.
        :param update: How a new version replaces the old one. Default: one copy at a time, started before the
            old is stopped.
        :param rollback: How the old version comes back. Default: as ``update``.
        """
        properties: dict[str, Any] = {
            "image": image,
            "command": command,
            "entrypoint": entrypoint,
            "environment": environment,
            "working_dir": working_dir,
            "user": user,
            "hostname": hostname,
            "ports": ports,
            "networks": networks,
            "volumes": volumes,
            "files": files,
            "resources": resources,
            "restart": restart,
            "healthcheck": healthcheck,
            "stop_signal": stop_signal,
            "stop_timeout": stop_timeout,
            "capabilities": capabilities,
            "drop_capabilities": drop_capabilities,
            "read_only": read_only,
            "description": description,
            "labels": labels,
            "wait_for": wait_for,
            "namespace": namespace,
            "docker": docker,
            "mode": mode,
            "replicas": replicas,
            "placement": placement,
            "update": update,
            "rollback": rollback,
            "name": None,
            "addresses": None,
        }
        super().__init__("virtwright:index:Service", resource_name, properties, opts)

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Service:
        """One that is there already, by the id that its host knows it by. It is read, and never changed or deleted."""
        return Service(
            resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)), image=cast(Any, None)
        )
