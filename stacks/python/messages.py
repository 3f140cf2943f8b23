"""The messages and services of Pulumi's protocol, from its SDK, each loaded when it is first named.

``import pulumi`` brings the whole SDK with it, tracing too: twenty times the start of Python, and as much memory as all else. The
messages need none of it, so that they are loaded without the packages that they lie in; who imports ``pulumi`` later gets the same ones.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pulumi.runtime.proto import (
        callback_pb2,
        callback_pb2_grpc,
        engine_pb2,
        engine_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        resource_pb2,
        status_pb2,
    )

__all__ = [
    "CHANNEL_OPTIONS",
    "callback_pb2",
    "callback_pb2_grpc",
    "engine_pb2",
    "engine_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_pb2",
    "status_pb2",
]

CHANNEL_OPTIONS: Final = (
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
)
"""Those of the SDK (``pulumi.runtime._grpc_settings``)."""
_PACKAGES: Final = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")
_lock = threading.RLock()


def __getattr__(name: str) -> ModuleType:
    if not name.endswith(("_pb2", "_pb2_grpc")):
        raise AttributeError(name)
    with _lock, _bare_packages():
        return import_module(f"{_PACKAGES[-1]}.{name}")


@contextmanager
def _bare_packages() -> Iterator[None]:
    """Packages of the SDK's files, without what their ``__init__`` does, in the place of those that nobody has imported yet."""
    spec = find_spec(_PACKAGES[0])
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"No module named {_PACKAGES[0]!r}", name=_PACKAGES[0])
    missing = [name for name in _PACKAGES if name not in sys.modules]
    for name in missing:
        sys.modules[name] = package = ModuleType(name)
        package.__path__ = [str(Path(place, *name.split(".")[1:])) for place in spec.submodule_search_locations]
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]
