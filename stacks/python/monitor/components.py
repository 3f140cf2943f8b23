"""Components that a plugin makes, in its own process and language, and their methods: ``Construct`` and ``Call``."""

import re
from typing import Any, Final

from grpc import aio

from virtwright.errors import HostError, Where
from virtwright.schemas.signatures import UNKNOWN_TEXT
from virtwright.stacks.python.messages import provider_pb2, resource_pb2
from virtwright.stacks.python.monitor.deployment import ORGANIZATION, Deployment, Entry
from virtwright.stacks.python.monitor.options import MOMENTS
from virtwright.stacks.python.plugins import Plugins
from virtwright.stacks.python.texts import config_texts, secret_keys
from virtwright.stacks.python.wire import decode

_LISTS: Final = ("ignoreChanges", "replaceOnChanges", "additionalSecretOutputs", "replace_with")
_MAYBE: Final = ("protect", "retainOnDelete", "customTimeouts", "replacement_trigger")
"""Fields that a request has or has not."""
_WRAPPED: Final = re.compile(r"^(Exception calling application: |Unexpected <class '[^']*'>: )")
"""What gRPC's servers put before the message of an exception."""


class Components:
    """Asks the plugins of one pass."""

    def __init__(self, deployment: Deployment, plugins: Plugins) -> None:
        self._deployment = deployment
        self._plugins = plugins

    async def construct(self, request: Any, parent: Entry | None, where: Where) -> Any:
        """Have the plugin make the component, which registers it and its parts. Raises ``HostError`` for what goes wrong
        there."""
        package = request.type.partition(":")[0]
        asked = provider_pb2.ConstructRequest(
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=request.object,
            inputDependencies={
                name: provider_pb2.ConstructRequest.PropertyDependencies(urns=each.urns)
                for name, each in request.propertyDependencies.items()
            },
            providers=self._providers(request, parent),
            dependencies=request.dependencies,
            aliases=request.aliases,
            accepts_output_values=True,
            **await self._common(),
        )
        _take_options(asked, request)
        stub = await self._plugins.stub(package, request.version)
        made = await _told(stub.Construct(asked), f"the component {request.name} ({request.type})", where)
        entry = self._deployment.entry(made.urn, "the component that the plugin made,")
        entry.outputs = decode(made.state)
        return resource_pb2.RegisterResourceResponse(
            urn=made.urn,
            object=made.state,
            propertyDependencies={
                name: resource_pb2.RegisterResourceResponse.PropertyDependencies(urns=each.urns)
                for name, each in made.stateDependencies.items()
            },
        )

    async def call(self, request: Any) -> Any:
        """Have the plugin run a method of one of its components."""
        asked = provider_pb2.CallRequest(
            tok=request.tok,
            args=request.args,
            argDependencies={
                name: provider_pb2.CallRequest.ArgumentDependencies(urns=each.urns)
                for name, each in request.argDependencies.items()
            },
            accepts_output_values=request.accept_output_values,
            **await self._common(),
        )
        stub = await self._plugins.stub(request.tok.partition(":")[0], request.version)
        return await _told(stub.Call(asked), f"the method {request.tok}", Where())

    async def _common(self) -> dict[str, Any]:
        deployment = self._deployment
        return {
            "project": deployment.name.project,
            "stack": deployment.name.stack,
            "organization": ORGANIZATION,
            "config": config_texts(deployment.config),
            "configSecretKeys": secret_keys(deployment.config),
            "dryRun": deployment.services.planning,
            "parallel": deployment.parallel,
            "monitorEndpoint": await self._plugins.engine(),
        }

    def _providers(self, request: Any, parent: Entry | None) -> dict[str, str]:
        """By package, as ``URN::ID``: what the component is given, else what it inherits."""
        hosts = parent.hosts if parent is not None else {}
        inherited = {
            package: f"{urn}::{self._deployment.entries[str(urn)].id or UNKNOWN_TEXT}" for package, urn in hosts.items()
        }
        return {**inherited, **request.providers}


def _take_options(asked: Any, request: Any) -> None:
    for name in _LISTS:
        getattr(asked, name).extend(getattr(request, name))
    for name in filter(request.HasField, _MAYBE):
        value = getattr(request, name)
        if isinstance(value, bool):
            setattr(asked, name, value)
        elif name == "customTimeouts":
            for each in ("create", "update", "delete"):
                setattr(asked.customTimeouts, each, getattr(value, each))
        else:
            getattr(asked, name).CopyFrom(value)
    asked.deletedWith = request.deletedWith
    if request.deleteBeforeReplaceDefined:
        asked.deleteBeforeReplace = request.deleteBeforeReplace
    if request.HasField("hooks"):
        for moment in MOMENTS:
            getattr(asked.resource_hooks, moment).extend(getattr(request.hooks, moment))


async def _told(answer: Any, what: str, where: Where) -> Any:
    try:
        return await answer
    except aio.AioRpcError as error:
        text = _WRAPPED.sub("", (error.details() or str(error.code())).strip())
        message, _, trace = text.partition(":\n  File ")  # as the SDK's own servicer writes it
        hint = f"in the plugin:\n  File {trace}" if trace else None
        raise HostError(f"{what} failed: {message}", where=where, hint=hint) from error
