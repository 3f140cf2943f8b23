"""Resources that a program makes with code of its own (``pulumi.dynamic``)."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from virtwright.schemas.kinds import DYNAMIC
from virtwright.schemas.signatures import RESOURCE, SIGNATURE
from virtwright.schemas.urn import DYNAMIC_HOST_TYPE, DYNAMIC_PREFIX, Urn
from virtwright.schemas.values import UNKNOWN, Properties, Secret, Value, has_secret
from virtwright.stacks.base import HOST_KIND, Goal
from virtwright.stacks.python.monitor.deployment import Deployment, Entry
from virtwright.stacks.python.texts import config_texts

NAME: Final = "code"
"""The name of the host that is the process of the program's own code."""
_MOST_AT_ONCE: Final = 4
"""As in Pulumi's own plugin, which such code is written for."""


def is_dynamic(type: str) -> bool:
    return type.startswith(DYNAMIC_PREFIX)


def dynamic_inputs(properties: Properties, entries: Mapping[str, Entry]) -> Properties:
    """The fields that the program gives. A resource among them is told by its id."""
    return {name: _plain(value, entries) for name, value in properties.items()}


def secret_names(kind: str, inputs: Properties) -> frozenset[str]:
    """Of what the program's own code makes: the outputs that bear the name of a secret input."""
    return (
        frozenset(name for name, value in inputs.items() if has_secret(value)) if kind == DYNAMIC.name else frozenset()
    )


async def code_host(deployment: Deployment) -> Urn:
    """The host of all such resources, registered when it is first needed."""
    if deployment.code_host is None:
        deployment.code_host = asyncio.ensure_future(_register(deployment))
    return await asyncio.shield(deployment.code_host)


async def _register(deployment: Deployment) -> Urn:
    name = deployment.name
    urn = Urn(name.stack, name.project, DYNAMIC_HOST_TYPE, NAME)
    texts = config_texts(deployment.config)
    inputs: dict[str, Any] = {
        "uri": "dynamic:///",
        "max_parallel": _MOST_AT_ONCE,
        "interpreter": str(deployment.interpreter),
        "folder": str(deployment.folder),
        "imports": str(deployment.imports),
        "project": name.project,
        "stack": name.stack,
        "config": {key: Secret(text) if has_secret(deployment.config[key]) else text for key, text in texts.items()},
    }
    answer = await deployment.register(Goal(urn, HOST_KIND, inputs))
    deployment.entries[str(urn)] = Entry(urn, custom=True, id=answer.id, outputs=answer.outputs)
    return urn


def _plain(value: Value, entries: Mapping[str, Entry]) -> Value:
    if isinstance(value, Secret):
        return Secret(_plain(value.value, entries))
    if isinstance(value, dict):
        if value.get(SIGNATURE) == RESOURCE:
            entry = entries.get(value["urn"])
            return UNKNOWN if entry is None or entry.id is None else entry.id
        return {name: _plain(item, entries) for name, item in value.items()}
    return [_plain(item, entries) for item in value] if isinstance(value, list) else value
