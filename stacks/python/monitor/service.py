"""gRPC services of coroutines: requests that break the rules, and errors of ours, become a status that says what is wrong."""

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

LIMITS: Final = (
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
)
"""As Pulumi's own: one message may carry a whole archive, and may wait long for a busy loop."""


def add_service(server: aio.Server, service: ServiceDescriptor, answers: Mapping[str, Answer], note: Note) -> None:
    """Serve every method of ``service``. ``note`` is told each error before the client gets it."""
    handlers = {
        method.name: grpc.unary_unary_rpc_method_handler(
            _guarded(method, answers[method.name], note),
            response_serializer=lambda message: message.SerializeToString(),
        )
        for method in service.methods
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))


def _guarded(method: MethodDescriptor, answer: Answer, note: Note) -> Callable[[bytes, Any], Awaitable[Message]]:
    request_class = GetMessageClass(method.input_type)

    async def handle(data: bytes, context: aio.ServicerContext[Any, Any]) -> Message:
        try:
            return await answer(_parse(request_class, data, method.name))
        except WireError as error:
            refusal: VirtwrightError = InputError.one(f"{method.name}: {error}")
        except VirtwrightError as error:
            refusal = error
        note(refusal)
        await context.abort(_status(refusal), _text(refusal))
        raise AssertionError("abort raises")

    return handle


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
