"""Looking at what is there: ``ReadResource`` (``.get()`` and stack references), ``ExistsResource``, ``Invoke``."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from virtwright.errors import HostError, InputError, UnsupportedError, Where
from virtwright.schemas.functions import GET_HOST, GET_IMAGE
from virtwright.schemas.kinds import DYNAMIC, TYPES
from virtwright.schemas.signatures import UNKNOWN_TEXT
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties, Secret, Value, has_secret, has_unknown, reveal
from virtwright.stacks.base import Registered, StackName
from virtwright.stacks.python.messages import resource_pb2
from virtwright.stacks.python.monitor.aliases import child_urn
from virtwright.stacks.python.monitor.callbacks import Callbacks
from virtwright.stacks.python.monitor.default_host import default_host
from virtwright.stacks.python.monitor.deployment import Deployment, Entry
from virtwright.stacks.python.monitor.dynamic import code_host, dynamic_inputs, is_dynamic
from virtwright.stacks.python.monitor.transforms import transformed_invoke
from virtwright.stacks.python.wire import decode, encode

STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
Answer = Callable[["Reader", Properties, Any], Awaitable[Properties | None]]
"""None: nothing is known yet."""


class Reader:
    """Answers the questions of one pass."""

    def __init__(self, deployment: Deployment, callbacks: Callbacks) -> None:
        self._deployment = deployment
        self._callbacks = callbacks

    async def read(self, request: Any) -> Any:
        """Raises ``HostError`` where there is no such object, ``StateError`` where there is no such stack."""
        deployment = self._deployment
        deployment.check_open()
        parent = deployment.entry(request.parent, "the parent") if request.parent else None
        urn = self._urn(request.type, request.name, parent)
        found: Registered | None = None
        if request.type == STACK_REFERENCE:
            told = self.reference(request.id)
            found = Registered(urn, request.id, told) if told is not None else None
        elif request.id != UNKNOWN_TEXT:
            found = await self._look_up(request, urn, parent)
            if found is None:
                raise HostError(_nothing(request), where=Where(urn=str(urn)))
        if found is None or found.id is None:
            return resource_pb2.ReadResourceResponse(urn=str(urn), unknown=True)
        outputs = _secretly(found.outputs, request.additionalSecretOutputs)
        deployment.entries[str(urn)] = Entry(
            urn, custom=True, parent=parent, external=True, id=found.id, outputs=outputs
        )
        return resource_pb2.ReadResourceResponse(urn=str(urn), id=found.id, properties=encode(outputs))

    async def exists(self, request: Any) -> Any:
        parent = self._deployment.entry(request.parent, "the parent") if request.parent else None
        if request.id == UNKNOWN_TEXT:
            return resource_pb2.ExistsResourceResponse(unknown=True)
        urn = self._urn(request.type, request.id, parent)  # the question names none
        found = await self._look_up(request, urn, parent)
        unknown = found is not None and found.id is None
        return resource_pb2.ExistsResourceResponse(exists=found is not None and not unknown, unknown=unknown)

    async def invoke(self, request: Any) -> Any:
        """Answer a question. Raises ``UnsupportedError`` for one that virtwright does not know."""
        await transformed_invoke(request, self._deployment, self._callbacks)
        answer = _ANSWERS.get(request.tok)
        if answer is None:
            known = ", ".join(sorted(_ANSWERS))
            raise UnsupportedError(
                f"virtwright can't answer {request.tok}", hint=f"it answers: {known}; for others use `pulumi up`"
            )
        arguments = decode(request.args)
        if has_unknown(arguments):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        told = await answer(self, reveal(arguments), request)
        if told is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        fields: dict[str, Any] = {"return": encode(told)}  # the field's name is a keyword
        return resource_pb2.ResourceInvokeResponse(**fields)

    def reference(self, name: str) -> Properties | None:
        """What a stack reference tells. Raises ``InputError`` and ``StateError``."""
        outputs = self._deployment.services.stack_outputs(self._stack(name))
        if outputs is None:
            return None
        secrets = sorted(key for key, value in outputs.items() if has_secret(value))
        return {"name": name, "outputs": dict(outputs), "secretOutputNames": secrets}

    def resources(self, name: str) -> Properties:
        return {"outputs": dict(self._deployment.services.stack_resources(self._stack(name)))}

    def known(self, urn: str) -> Properties:
        """A resource of this stack: of this run, else of the state. Raises ``InputError`` where there is none."""
        entry = self._deployment.entries.get(urn)
        if entry is not None:
            return {"urn": urn, "id": entry.id or "", "state": dict(entry.outputs)}
        try:
            found = self._deployment.services.recorded(Urn.parse(urn))
        except ValueError as error:
            raise InputError.one(f"{urn!r} is not a URN") from error
        if found is None:
            raise InputError.one(f"there is no resource {urn!r}")
        return {"urn": urn, "id": found.id or "", "state": dict(found.outputs)}

    async def ask(self, arguments: Properties, request: Any) -> Properties | None:
        """One of the package's own functions."""
        return await self._deployment.services.ask(request.tok, arguments, await self._host(request))

    def _urn(self, type: str, name: str, parent: Entry | None) -> Urn:
        stack = self._deployment.name
        return child_urn(stack.stack, stack.project, type, name, parent.urn if parent else None)

    async def _look_up(self, request: Any, urn: Urn, parent: Entry | None) -> Registered | None:
        deployment = self._deployment
        look_up = deployment.services.look_up
        if is_dynamic(request.type):
            given = dynamic_inputs(decode(request.properties), deployment.entries)
            if has_unknown(given):
                return Registered(urn, None, {})
            return await look_up(urn, DYNAMIC.name, request.id, await code_host(deployment), given)
        kind = TYPES.get(request.type)
        if kind is None:
            raise UnsupportedError(
                f"virtwright can't look up a {request.type}", hint="run the program with `pulumi up`"
            )
        return await look_up(urn, kind.name, request.id, await self._host(request, parent), {})

    async def _host(self, request: Any, parent: Entry | None = None) -> Urn:
        if request.provider:
            return self._deployment.entry(request.provider.rpartition("::")[0], "the provider").urn
        if parent is not None and parent.host is not None:
            return parent.host
        return await default_host(self._deployment, lambda path: Where())

    def _stack(self, name: str) -> StackName:
        """``stack``, ``project/stack`` or ``organization/project/stack``."""
        parts = name.split("/")
        if not 1 <= len(parts) <= 3 or not all(parts):
            raise InputError.one(f"{name!r} does not name a stack", hint="write PROJECT/STACK")
        stack = parts[-1]
        return StackName(parts[-2] if len(parts) > 1 else self._deployment.name.project, stack)


def _nothing(request: Any) -> str:
    if is_dynamic(request.type):
        return f"the program's code finds no {request.id!r} for {request.name}"
    return f"there is no {TYPES[request.type].name} {request.id!r} on the host"


def _secretly(outputs: Properties, names: Any) -> Properties:
    return {
        name: Secret(value) if name in names and not isinstance(value, Secret) else value
        for name, value in outputs.items()
    }


def _text(arguments: Mapping[str, Value], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise InputError.one(f"the question needs {name}, a text")
    return value


async def _get_resource(reader: Reader, arguments: Properties, request: Any) -> Properties:
    return reader.known(_text(arguments, "urn"))


async def _read_outputs(reader: Reader, arguments: Properties, request: Any) -> Properties | None:
    return reader.reference(_text(arguments, "name"))


async def _read_resources(reader: Reader, arguments: Properties, request: Any) -> Properties:
    return reader.resources(_text(arguments, "stackName"))


async def _ask(reader: Reader, arguments: Properties, request: Any) -> Properties | None:
    return await reader.ask(arguments, request)


_ANSWERS: Final[Mapping[str, Answer]] = {
    "pulumi:pulumi:getResource": _get_resource,
    "pulumi:pulumi:readStackOutputs": _read_outputs,
    "pulumi:pulumi:readStackResourceOutputs": _read_resources,
    GET_IMAGE: _ask,
    GET_HOST: _ask,
}
