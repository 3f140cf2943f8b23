"""What the plugin tells the engine arrives, however soon it is told."""

import gc
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import engine_pb2_grpc
from tests.plugin_lab import Listening
from tests.waiting import until

from virtwright.plugin.messages import Messages


def test_no_message_is_lost_while_the_line_is_made() -> None:
    listening, threads, messages = Listening(), ThreadPoolExecutor(2), Messages()
    engine = grpc.server(threads)
    engine_pb2_grpc.add_EngineServicer_to_server(listening, engine)
    port = engine.add_insecure_port("127.0.0.1:0")
    engine.start()
    messages.attach(f"127.0.0.1:{port}")
    for number in range(20):
        messages.warn("", str(number))
    gc.collect()
    try:
        until("all messages", lambda: sorted(int(text) for _, text in listening.heard) == list(range(20)))
    finally:
        messages.close()
        engine.stop(None).wait()
        threads.shutdown()
