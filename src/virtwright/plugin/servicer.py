"""Pulumi's ResourceProvider service (proto/pulumi/provider.proto)."""

import threading
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from virtwright.errors import InputError
from virtwright.plugin.messages import Messages
from virtwright.stacks.python.messages import plugin_pb2, provider_pb2, provider_pb2_grpc

if TYPE_CHECKING:
    from virtwright.plugin.answers import Answers

_SCHEMA_FORMAT = 0


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers by itself what this plugin is. All else is loaded with the first question about a host: Pulumi asks many plugins for
    nothing but their schema."""

    def __init__(self) -> None:
        self.messages = Messages()
        self.cancelled = threading.Event()
        self._engine = ""
        self._lock = threading.Lock()
        self._loaded: Answers | None = None

    # what this is

    def Handshake(self, request: Any, context: Any) -> Any:
        self.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=False)

    def Attach(self, request: Any, context: Any) -> Any:
        self.attach(request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=version("virtwright"))

    def GetSchema(self, request: Any, context: Any) -> Any:
        if request.version != _SCHEMA_FORMAT:
            from virtwright.plugin.failures import status_of

            message = f"virtwright knows package schemas of the format 0, not {request.version}"
            context.abort_with_status(status_of(InputError.one(message), str))
        return provider_pb2.GetSchemaResponse(schema=(files("virtwright.schemas") / "pulumi.json").read_text("utf-8"))

    def GetMapping(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingsResponse()

    def Cancel(self, request: Any, context: Any) -> Any:
        """End every wait; operations come back with what they have."""
        self.cancelled.set()
        return empty_pb2.Empty()

    def attach(self, address: str) -> None:
        if address:
            self._engine = address
            self.messages.attach(address)
            if self._loaded is not None:
                self._loaded.engine = address

    # about a host

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return self._answers.CheckConfig(request, context)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return self._answers.DiffConfig(request, context)

    def Configure(self, request: Any, context: Any) -> Any:
        return self._answers.Configure(request, context)

    def Check(self, request: Any, context: Any) -> Any:
        return self._answers.Check(request, context)

    def Diff(self, request: Any, context: Any) -> Any:
        return self._answers.Diff(request, context)

    def Create(self, request: Any, context: Any) -> Any:
        return self._answers.Create(request, context)

    def Read(self, request: Any, context: Any) -> Any:
        return self._answers.Read(request, context)

    def Update(self, request: Any, context: Any) -> Any:
        return self._answers.Update(request, context)

    def Delete(self, request: Any, context: Any) -> Any:
        return self._answers.Delete(request, context)

    def Invoke(self, request: Any, context: Any) -> Any:
        return self._answers.Invoke(request, context)

    def Construct(self, request: Any, context: Any) -> Any:
        return self._answers.Construct(request, context)

    def close(self) -> None:
        self.messages.close()
        if self._loaded is not None:
            self._loaded.close()

    @property
    def _answers(self) -> "Answers":
        with self._lock:
            if self._loaded is None:
                from virtwright.plugin.answers import Answers
                from virtwright.stacks.cipher import Cipher
                from virtwright.stacks.keys import Keys

                keys = Keys()
                self._loaded = Answers(Cipher.from_keys(keys).mac, keys.home, self.messages, self.cancelled)
                self._loaded.engine = self._engine
            return self._loaded
