"""The messages of Pulumi's SDK come without the rest of it, and are the SDK's own."""

import subprocess
import sys

PROGRAM = """
import sys
from virtwright.stacks.python.messages import CHANNEL_OPTIONS, plugin_pb2, provider_pb2, provider_pb2_grpc, resource_pb2
assert not {"pulumi", "pulumi.runtime", "pulumi.runtime.proto", "opentelemetry"} & set(sys.modules)

import pulumi.runtime.proto
from pulumi.runtime.proto import provider_pb2 as own
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
assert own is provider_pb2
assert pulumi.runtime.proto.ConfigureRequest is provider_pb2.ConfigureRequest
assert tuple(_GRPC_CHANNEL_OPTIONS) == CHANNEL_OPTIONS

from virtwright.stacks.python.messages import callback_pb2
from pulumi.runtime.proto import callback_pb2 as later
assert callback_pb2 is later
import pulumi.provider.server
"""


def test_messages_without_the_sdk_and_with_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
