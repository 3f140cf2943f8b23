"""The resource Host.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from virtwright.sdk import outputs
from virtwright.sdk.inputs.host import (
    RegistryLoginArgs,
    RegistryLoginArgsDict,
    SshSettingsArgs,
    SshSettingsArgsDict,
    TlsSettingsArgs,
    TlsSettingsArgsDict,
)


class Host(pulumi.ProviderResource):
    """One host, named by a URI."""

    uri: pulumi.Output[str]
    """Its URI."""
    ssh: pulumi.Output[outputs.SshSettings]
    """How to reach it over SSH. Default: as the URI and ``~/.ssh/config`` say."""
    tls: pulumi.Output[outputs.TlsSettings | None]
    """How to reach it over TLS. Default: without, or as the URI says."""
    registries: pulumi.Output[Mapping[str, outputs.RegistryLogin]]
    """Logins at container registries, by the registry's host name. Default: those of Docker's own configuration."""
    peer_address: pulumi.Output[str | None]
    """The address at which the stack's other hosts reach it, when a machine moves there live. Default: the host of
    its URI."""
    max_parallel: pulumi.Output[int]
    """How many operations may run on it at once. Default: 8."""
    name: pulumi.Output[str]
    """Its name in the stack."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        uri: pulumi.Input[str],
        ssh: pulumi.Input[SshSettingsArgs | SshSettingsArgsDict] | None = None,
        tls: pulumi.Input[TlsSettingsArgs | TlsSettingsArgsDict] | None = None,
        registries: pulumi.Input[Mapping[str, pulumi.Input[RegistryLoginArgs | RegistryLoginArgsDict]]] | None = None,
        peer_address: pulumi.Input[str] | None = None,
        max_parallel: pulumi.Input[int] | None = None,
    ) -> None:
        """
        :param resource_name: Its name in the stack.
        :param opts: Options common to all resources: ``depends_on``, ``protect``, ``provider``, ...
        :param uri: For example ``namespace:///``, ``docker+ssh://root@web1`` or
            ``qemu+ssh://root@kvm1/system``.
        :param ssh: How to reach it over SSH. Default: as the URI and ``~/.ssh/config`` say.
        :param tls: How to reach it over TLS. Default: without, or as the URI says.
        :param registries: Logins at container registries, by the registry's host name. Default: those of
            Docker's own configuration.
        :param peer_address: The address at which the stack's other hosts reach it, when a machine moves there
            live. Default: the host of its URI.
        :param max_parallel: How many operations may run on it at once. Default: 8.
        """
        properties: dict[str, Any] = {
            "uri": uri,
            "ssh": ssh,
            "tls": tls,
            "registries": registries,
            "peer_address": peer_address,
            "max_parallel": max_parallel,
        }
        super().__init__("virtwright", resource_name, properties, opts)
        self.name = pulumi.Output.from_input(resource_name)
