"""Services of coroutines: requests that break the rules, and errors of ours, become a status that says what is wrong."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from virtwright.errors import InputError, StateError, UnsupportedError, VirtwrightError
from virtwright.stacks.python.special import WireError

Answer = Callable[[Any], Awaitable[Message]]
Note = Callable[[VirtwrightError], None]
Responder = Callable[[bytes], Awaitable[bytes]]
"""From the bytes of a request to those of its answer. Raises ``Refusal``."""

LONGEST: Final = 400 * 1024 * 1024
"""Bytes of a message."""
LIMITS: Final = (
    ("grpc.max_receive_message_length", LONGEST),
    ("grpc.max_send_message_length", LONGEST),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
)
"""As Pulumi's own: one message may carry a whole archive, and may wait long for a busy loop."""


class Refusal(Exception):
    """A request that gets no answer, and why."""

    def __init__(self, status: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def responders(service: ServiceDescriptor, answers: Mapping[str, Answer], note: Note) -> dict[str, Responder]:
    """By name, one for each method of ``service``. ``note`` is told each error before the client gets it."""
    return {method.name: _responder(method, answers[method.name], note) for method in service.methods}


def add_service(server: aio.Server, name: str, methods: Mapping[str, Responder]) -> None:
    """Serve the methods of the service ``name`` by gRPC."""
    handlers = {each: grpc.unary_unary_rpc_method_handler(_handler(respond)) for each, respond in methods.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))


def _handler(respond: Responder) -> Callable[[bytes, Any], Awaitable[bytes]]:
    async def handle(data: bytes, context: aio.ServicerContext[Any, Any]) -> bytes:
        try:
            return await respond(data)
        except Refusal as refusal:
            await context.abort(refusal.status, refusal.text)
        raise AssertionError("abort raises")

    return handle


def _responder(method: MethodDescriptor, answer: Answer, note: Note) -> Responder:
    request_class = GetMessageClass(method.input_type)

    async def respond(data: bytes) -> bytes:
        try:
            return (await answer(_parse(request_class, data, method.name))).SerializeToString()
        except WireError as error:
            refused: VirtwrightError = InputError.one(f"{method.name}: {error}")
        except VirtwrightError as error:
            refused = error
        note(refused)
        raise Refusal(_status(refused), _text(refused))

    return respond


def _parse(request_class: type[Message], data: bytes, name: str) -> Message:
    try:
        return request_class.FromString(data)
    except DecodeError as error:
        raise InputError.one(
            f"a {name} request can't be read: it is malformed, or its values are nested too deeply"
        ) from error


def _status(error: VirtwrightError) -> grpc.StatusCode:
    if isinstance(error, UnsupportedError):
        return grpc.StatusCode.FAILED_PRECONDITION
    if isinstance(error, StateError):
        return grpc.StatusCode.NOT_FOUND
    return grpc.StatusCode.INVALID_ARGUMENT if isinstance(error, InputError) else grpc.StatusCode.UNKNOWN


def _text(error: VirtwrightError) -> str:
    return f"{error.message}\n{error.hint}" if error.hint else error.message
