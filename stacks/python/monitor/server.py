"""The services by gRPC, for who can't use the program's own line: the plugins of components, and an SDK that is not mended."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grpc import aio

from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.python.monitor.service import LIMITS, Responder, add_service


@dataclass(slots=True)
class Server:
    """Begins when somebody first asks for its address. ``services`` are the methods of each, by full name."""

    services: Mapping[str, Mapping[str, Responder]]
    _server: aio.Server | None = None
    _folder: Path | None = None
    """Nobody else can enter it, so nobody else can reach the socket in it."""

    async def address(self) -> str:
        """Where the services are, as gRPC names it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="virtwright-"))
            self._server = aio.server(options=LIMITS)
            for name, methods in self.services.items():
                add_service(self._server, name, methods)
            self._server.add_insecure_port(f"unix:{self._folder}/engine")
            await self._server.start()
        return f"unix:{self._folder}/engine"

    async def close(self) -> None:
        """Safe where it never began."""
        if self._server is not None:
            await self._server.stop(0)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
