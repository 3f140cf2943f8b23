"""The engine's services over a pipe: what gRPC carries, at a fraction of what gRPC costs.

A request is its number, the lengths of its body and of its name, the name (``SERVICE/METHOD``) and the body; an answer is the number of its
request, the length of its body, a status of gRPC's, and the body: the message, or what is wrong. Lengths and numbers
are little-endian, 4 bytes each but for the name's length and the status, which are one. Runs in the project's own interpreter:
standard library and what ``pulumi`` needs only.
"""

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass

REQUEST = struct.Struct("<IIB")
ANSWER = struct.Struct("<IIB")
_STATUSES = {status.value[0]: status for status in grpc.StatusCode}
_CHUNK = 1024 * 1024


class Refused(grpc.RpcError):
    """As gRPC's errors are for the SDK."""

    def __init__(self, status: Any, details: str) -> None:
        super().__init__(details)
        self._status = status
        self._details = details

    def code(self) -> Any:
        return self._status

    def details(self) -> str:
        return self._details


class Line:
    """Carries the calls of all threads, each of which waits for its own answer."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._numbers = itertools.count(1)
        self._sending = threading.Lock()
        self._waiting: dict[int, _Call] = {}
        self._gone = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def close(self) -> None:
        """Who still waits is told that the engine is gone."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._socket.close()

    def stub(self, service: Any) -> Any:
        """As gRPC's stub of the service with this descriptor: an object with its methods."""
        stub = type(service.name, (), {})()
        for method in service.methods:
            setattr(stub, method.name, self._method(service, method))
        return stub

    def _method(self, service: Any, method: Any) -> Callable[[Any], Any]:
        name = f"{service.full_name}/{method.name}".encode()
        read = GetMessageClass(method.output_type).FromString

        def call(request: Any) -> Any:
            return read(self.call(name, request.SerializeToString()))

        return call

    def call(self, name: bytes, body: bytes) -> bytes:
        """The answer to one request. Raises ``Refused``."""
        number = next(self._numbers) & 0xFFFFFFFF
        call = self._waiting[number] = _Call()
        try:
            with self._sending:
                self._socket.sendall(REQUEST.pack(number, len(body), len(name)) + name + body)
        except OSError:
            self._gone = True
        if not self._gone:
            call.answered.acquire()
        if call.status is None:
            raise Refused(grpc.StatusCode.UNAVAILABLE, "the engine is gone")
        if call.status:
            raise Refused(_STATUSES.get(call.status, grpc.StatusCode.UNKNOWN), call.body.decode(errors="replace"))
        return call.body

    def _listen(self) -> None:
        rest = bytearray()
        with contextlib.suppress(OSError):
            while data := self._socket.recv(_CHUNK):
                rest += data
                del rest[: self._take(rest)]
        self._gone = True
        for call in list(self._waiting.values()):
            call.answered.release()

    def _take(self, data: bytearray) -> int:
        """Hand the answers in ``data`` to who waits for them; the number of bytes that they took."""
        start = 0
        while len(data) - start >= ANSWER.size:
            number, length, status = ANSWER.unpack_from(data, start)
            end = start + ANSWER.size + length
            if len(data) < end:
                break
            call = self._waiting.pop(number)
            call.status, call.body = status, bytes(data[start + ANSWER.size : end])
            call.answered.release()
            start = end
        return start


class _Call:
    """One that waits."""

    __slots__ = ("answered", "body", "status")

    def __init__(self) -> None:
        self.answered = threading.Lock()
        self.answered.acquire()
        self.status: int | None = None
        self.body = b""
