"""Functions of the program, called by the engine: transforms and hooks."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from grpc import aio

from virtwright.errors import InputError, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.values import Properties
from virtwright.stacks.base import Hook, HookCall
from virtwright.stacks.python.messages import callback_pb2, callback_pb2_grpc, resource_pb2
from virtwright.stacks.python.monitor.deployment import Callback
from virtwright.stacks.python.monitor.service import LIMITS
from virtwright.stacks.python.wire import encode
from virtwright.trust import TRUSTED, Trust

M = TypeVar("M", bound=Message)
PATIENCE: Final = 300.0
"""Seconds that a function of the program may take."""
_RAISED: Final = re.compile(r"Invoke callback \S+ error: (?P<what>.*?):?\n(?P<trace>.*)", re.DOTALL)
_LINE: Final = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_LOCAL: Final = ("127.0.0.1:", "localhost:", "[::1]:", "unix:")


@dataclass(slots=True)
class Callbacks:
    """The connections to the program's functions."""

    patience: float = PATIENCE
    trust: Trust = TRUSTED
    _channels: dict[str, aio.Channel] = field(default_factory=dict)

    async def call(self, callback: Callback, request: Message, answer: type[M]) -> M:
        """Raises ``VirtwrightError`` where the function fails, is gone or gives no answer."""
        self.trust.refuse("a function of the program is called (a transform, or a hook)")
        message = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        stub = callback_pb2_grpc.CallbacksStub(self._channel(callback.target))
        try:
            response = await asyncio.wait_for(stub.Invoke(message), self.patience)
            return answer.FromString(response.response)
        except TimeoutError as error:
            raise VirtwrightError(f"a function of the program gave no answer in {self.patience:g}s") from error
        except aio.AioRpcError as error:
            raise _failure(error) from error
        except DecodeError as error:
            raise VirtwrightError("a function of the program gave an answer that can't be read") from error

    def _channel(self, target: str) -> aio.Channel:
        """Raises ``InputError`` for an address on another machine: what is sent may hold secrets."""
        if not target.startswith(_LOCAL):
            raise InputError.one(f"the program offers a function at {target!r}, which is not on this machine")
        if target not in self._channels:
            self._channels[target] = aio.insecure_channel(target, options=LIMITS)
        return self._channels[target]

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close(None)
        self._channels.clear()


def resource_hook(callbacks: Callbacks, request: Any) -> Hook:
    """The hook that a ``RegisterResourceHookRequest`` offers."""

    async def call(what: HookCall) -> bool:
        message = resource_pb2.ResourceHookRequest(**_common(what))
        if what.new_outputs is not None:
            message.new_outputs.CopyFrom(encode(what.new_outputs))
        answer = await callbacks.call(request.callback, message, resource_pb2.ResourceHookResponse)
        if answer.error:
            raise VirtwrightError(answer.error)
        return False

    return Hook(call, in_plans=request.on_dry_run, ignore_errors=request.ignore_errors)


def error_hook(callbacks: Callbacks, request: Any) -> Hook:
    """The hook that a ``RegisterErrorHookRequest`` offers."""

    async def call(what: HookCall) -> bool:
        message = resource_pb2.ErrorHookRequest(
            **_common(what), failed_operation=what.operation, errors=list(what.errors)
        )
        answer = await callbacks.call(request.callback, message, resource_pb2.ErrorHookResponse)
        if answer.error:
            raise VirtwrightError(answer.error)
        return bool(answer.retry)

    return Hook(call)


def _common(what: HookCall) -> dict[str, Any]:
    structs: Mapping[str, Properties | None] = {
        "new_inputs": what.new_inputs,
        "old_inputs": what.old_inputs,
        "old_outputs": what.old_outputs,
    }
    told = {name: encode(value) for name, value in structs.items() if value is not None}
    return {"urn": str(what.urn), "id": what.id or "", "name": what.urn.name, "type": what.urn.own_type, **told}


def _failure(error: aio.AioRpcError) -> VirtwrightError:
    """With the user's own line, which the SDK tells in the text of a traceback."""
    if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        return VirtwrightError("the program that offered a function is gone")
    told = (error.details() or "it says nothing").strip()
    found = _RAISED.fullmatch(told)
    if found is None:
        return VirtwrightError(f"a function of the program failed: {told}")
    lines = [line for line in _LINE.finditer(found["trace"]) if "/site-packages/" not in line["file"]]
    where = Where(lines[-1]["file"], int(lines[-1]["line"])) if lines else Where()
    return VirtwrightError(f"a function of the program failed: {found['what']}", where=where)
