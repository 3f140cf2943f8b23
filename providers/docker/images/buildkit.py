"""What BuildKit tells while it builds: ``moby.buildkit.v1.StatusResponse`` in protocol buffers.

Source: https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
"""

import base64
import binascii
import functools
from collections.abc import Iterator
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.docker.images.messages import Message, clean

TRACE: Final = "moby.buildkit.trace"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing told of one step of a build."""

    step: str
    """Its digest, which names it in what follows."""
    name: str = ""
    """Its text, as ``[2/3] RUN make``; empty in output."""
    output: str = ""
    """Lines that it wrote."""
    error: str = ""
    started: bool = False


def told(message: Message) -> Iterator[Told]:
    """Everything in a message of the stream. One that can't be read tells nothing: it is shown to people, no more."""
    from google.protobuf.message import DecodeError

    try:
        status = _response()()
        status.ParseFromString(base64.b64decode(str(message.get("aux", ""))))
    except (binascii.Error, DecodeError):
        return
    for step in status.vertexes:
        yield Told(step.digest, clean(step.name), error=clean(step.error), started=step.HasField("started"))
    for log in status.logs:
        yield Told(log.vertex, output=clean(log.msg.decode("utf-8", "replace")))


@functools.cache
def _response() -> Any:
    """The message's class, with the fields that are read here; others are skipped."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    one, many = kinds.LABEL_OPTIONAL, kinds.LABEL_REPEATED
    text, bytes_, message = kinds.TYPE_STRING, kinds.TYPE_BYTES, kinds.TYPE_MESSAGE
    layout: dict[str, list[tuple[str, int, Any, Any, str]]] = {
        "Time": [],
        "Vertex": [
            ("digest", 1, text, one, ""),
            ("name", 3, text, one, ""),
            ("started", 5, message, one, "Time"),
            ("error", 7, text, one, ""),
        ],
        "VertexLog": [("vertex", 1, text, one, ""), ("msg", 4, bytes_, one, "")],
        "StatusResponse": [("vertexes", 1, message, many, "Vertex"), ("logs", 3, message, many, "VertexLog")],
    }
    file = descriptor_pb2.FileDescriptorProto(name="virtwright_buildkit.proto", package="virtwright", syntax="proto3")
    for kind, fields in layout.items():
        described = file.message_type.add(name=kind)
        for name, number, type, label, of in fields:
            type_name = f".virtwright.{of}" if of else None
            described.field.add(name=name, number=number, type=type, label=label, type_name=type_name)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("virtwright.StatusResponse"))
