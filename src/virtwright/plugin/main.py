"""``pulumi-resource-virtwright``: the provider plugin, started by Pulumi's engine."""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

_THREADS: Final = 64
_GRACE: Final = 10.0
"""Seconds that operations have to come to an end when the plugin is told to stop."""
_HELP: Final = """\
pulumi-resource-virtwright is the virtwright provider for Pulumi. Pulumi starts it by itself; so that it finds it,
this program must be on the PATH. Nothing else has to be installed:

    pulumi up
"""


def main() -> None:
    """Serve until the engine is gone or SIGTERM comes. Writes the port as the first line, as the engine expects it."""
    words = sys.argv[1:]
    if "--help" in words or "-h" in words:
        print(_HELP, end="")
        return
    if "--version" in words:
        from importlib.metadata import version

        print(version("virtwright"))
        return
    serve([word for word in words if not word.startswith("-")])


def serve(words: list[str]) -> None:
    """``words``: the engine's address, where it was given; else it comes with the handshake."""
    from virtwright.stacks.python.quiet import quieten_grpc

    quieten_grpc()
    import grpc

    from virtwright.plugin.servicer import Provider
    from virtwright.stacks.python.messages import CHANNEL_OPTIONS, provider_pb2_grpc

    output = _only_the_port_goes_out()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the engine too, which then sends Cancel
    provider = Provider()
    if words:
        provider.attach(words[0])
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    output.write(f"{port}\n")
    output.flush()
    _wait(stop, os.getppid())
    provider.cancelled.set()
    server.stop(_GRACE).wait()
    provider.close()


def _only_the_port_goes_out() -> Any:
    """The real standard output; whatever else is printed goes to the log, that is to standard error."""
    output = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return output


def _wait(stop: threading.Event, parent: int) -> None:
    """Until told to stop, or until the engine that started this process is gone."""
    while not stop.wait(1.0):
        if os.getppid() != parent:
            return


if __name__ == "__main__":
    main()
