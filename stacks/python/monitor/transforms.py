"""Transforms: functions of the program that change a resource or a question before the engine sees it."""

from collections.abc import Iterator
from typing import Any

from virtwright.stacks.python.messages import resource_pb2
from virtwright.stacks.python.monitor.callbacks import Callbacks
from virtwright.stacks.python.monitor.deployment import Callback, Deployment, Entry
from virtwright.stacks.python.monitor.options import from_transform, to_transform


async def transformed(request: Any, parent: Entry | None, deployment: Deployment, callbacks: Callbacks) -> None:
    """Let the resource's own transforms change the request, then those of each thing it is a part of, then the stack's."""
    for callback in list(_all(request, parent, deployment)):
        asked = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=request.object,
            options=to_transform(request),
        )
        answer = await callbacks.call(callback, asked, resource_pb2.TransformResponse)
        request.object.CopyFrom(answer.properties)
        if answer.HasField("options"):
            from_transform(answer.options, request)


def _all(request: Any, parent: Entry | None, deployment: Deployment) -> Iterator[Callback]:
    yield from request.transforms
    while parent is not None:
        yield from parent.transforms
        parent = parent.parent
    yield from deployment.stack_transforms


async def transformed_invoke(request: Any, deployment: Deployment, callbacks: Callbacks) -> None:
    """The same for a question."""
    for callback in deployment.invoke_transforms:
        options = resource_pb2.TransformInvokeOptions(
            provider=request.provider, plugin_download_url=request.pluginDownloadURL, version=request.version
        )
        asked = resource_pb2.TransformInvokeRequest(token=request.tok, args=request.args, options=options)
        answer = await callbacks.call(callback, asked, resource_pb2.TransformInvokeResponse)
        request.args.CopyFrom(answer.args)
        if answer.HasField("options"):
            request.provider = answer.options.provider
