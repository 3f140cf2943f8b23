"""gRPC's own log, which is for those who build it."""

import os


def quieten_grpc() -> None:
    """Before gRPC is loaded: of what it writes to standard error, only errors are left, also in processes that this one starts.
    Who asks for more by ``GRPC_VERBOSITY`` gets it."""
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
