"""The host of resources that name none: the one that the configuration says."""

import asyncio
from typing import Final

from virtwright.errors import InputError
from virtwright.schemas.host import Host
from virtwright.schemas.urn import HOST_TYPE, PACKAGE, Urn
from virtwright.stacks.base import HOST_KIND, Goal
from virtwright.stacks.python.monitor.deployment import Deployment, Entry
from virtwright.stacks.python.monitor.inputs import Locate, host_inputs

DEFAULT: Final = "default"


async def default_host(deployment: Deployment, locate: Locate) -> Urn:
    """Registered when it is first needed. Raises ``InputError`` where the configuration names none."""
    if deployment.default_host is None:
        prefix = f"{PACKAGE}:"
        settings = {
            key.removeprefix(prefix): value for key, value in deployment.config.items() if key.startswith(prefix)
        }
        if "uri" not in settings:
            raise InputError.one(
                "no host is named for this resource, and the configuration has no default",
                where=locate(("host",)),
                hint="give it one, as opts=pulumi.ResourceOptions(provider=vw.Host(...)), or set the default:\n"
                f"    virtwright config set {PACKAGE}:uri namespace:///",
            )
        settings = {name: value for name, value in settings.items() if name in Host.model_fields}
        deployment.default_host = asyncio.ensure_future(_register(deployment, settings, locate))
    return await asyncio.shield(deployment.default_host)


async def _register(deployment: Deployment, settings: dict[str, object], locate: Locate) -> Urn:
    name = deployment.name
    urn = Urn(name.stack, name.project, HOST_TYPE, DEFAULT)
    inputs, reads = host_inputs(settings, deployment.entries, deployment.folder, locate, deployment.trust)
    answer = await deployment.register(Goal(urn, HOST_KIND, inputs, folder=str(deployment.folder), reads=reads))
    deployment.entries[str(urn)] = Entry(urn, custom=True, id=answer.id, outputs=answer.outputs)
    return urn
