"""What the plugin tells the engine while it works: progress and warnings."""

import threading
from typing import TYPE_CHECKING, Any

from virtwright.stacks.python.messages import CHANNEL_OPTIONS

if TYPE_CHECKING:
    from virtwright.providers.context import Report


class Messages:
    """A line to the engine, once its address is known; silent until then. What can't be delivered is dropped: an engine
    that is gone needs no progress."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channel: Any = None
        self._engine: Any = None
        self._under_way: set[Any] = set()

    def attach(self, address: str) -> None:
        """Speak to the engine at ``host:port`` from now on."""
        import grpc

        from virtwright.stacks.python.messages import engine_pb2_grpc

        with self._lock:
            if self._channel is not None:
                self._channel.close()
            self._channel = grpc.insecure_channel(address, options=CHANNEL_OPTIONS)
            self._engine = engine_pb2_grpc.EngineStub(self._channel)

    def progress(self, urn: str) -> "Report":
        """A handler's progress, as the status of the resource."""

        from virtwright.stacks.python.messages import engine_pb2

        def report(message: str, fraction: float | None = None) -> None:
            text = message if fraction is None else f"{message} ({fraction:.0%})"
            self._send(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=text, urn=urn, ephemeral=True))

        return report

    def warn(self, urn: str, message: str) -> None:
        """A warning that stays on the screen."""
        from virtwright.stacks.python.messages import engine_pb2

        self._send(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn))

    def close(self) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.close()
            self._channel = self._engine = None

    def _send(self, request: Any) -> None:
        with self._lock:
            if self._engine is not None:
                call = self._engine.Log.future(request, timeout=10)
                self._under_way.add(call)  # gRPC cancels a call that nobody holds
                call.add_done_callback(self._under_way.discard)
