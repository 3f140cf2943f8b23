"""Questions to a guest's agent."""

import base64
import json
from typing import Any, Final, TypeVar

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import LibvirtError

_PATIENCE: Final = 10
"""Seconds that the agent has for an answer."""
_CHUNK: Final = 1 << 16
_LARGEST: Final = 1 << 20
_SHOWN: Final = 80
T = TypeVar("T")


class AgentSilentError(HostError):
    """The agent does not answer: it is not installed, does not run yet, or hangs."""


class AgentAnswerError(HostError):
    """What it answers is not what its protocol says."""


class AgentChannel:
    """The agent of one machine."""

    def __init__(self, connection: LibvirtConnection, uuid: str, name: str) -> None:
        self._libvirt = connection
        self._uuid = uuid
        self._name = name

    def ask(self, command: str, context: Context | None = None, *, seconds: int = _PATIENCE, **arguments: Any) -> Any:
        """The answer to one of its commands, as ``guest-ping``; underscores in the names of arguments stand for dashes.
        Raises ``AgentSilentError``, ``LibvirtError`` where it refuses, and ``AgentAnswerError``."""
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        words = {name.replace("_", "-"): value for name, value in arguments.items()}
        text = json.dumps({"execute": command, "arguments": words} if words else {"execute": command})
        try:
            answer = self._libvirt.call(
                f"ask the guest agent of {self._name}",
                lambda libvirt: _send(libvirt.lookupByUUIDString(self._uuid), text, seconds),
                context,
                timeout=seconds + 5.0,
            )
        except LibvirtError as error:
            if error.code in (lib.VIR_ERR_AGENT_UNRESPONSIVE, lib.VIR_ERR_AGENT_UNSYNCED):
                raise AgentSilentError(
                    f"the guest agent of {self._name} does not answer",
                    hint="is qemu-guest-agent installed and running inside? The machine needs guest_agent: true",
                ) from error
            raise
        try:
            return field(json.loads(answer), "return", object)
        except (ValueError, RecursionError) as error:
            raise AgentAnswerError(f"the guest agent of {self._name} answers what is no JSON") from error

    def read_file(self, path: str, context: Context | None = None) -> bytes | None:
        """A small file inside; None where there is none."""
        try:
            handle = self.ask("guest-file-open", context, path=path, mode="r")
        except AgentSilentError:
            raise
        except LibvirtError:
            return None
        data = b""
        try:
            while len(data) < _LARGEST:
                part = self.ask("guest-file-read", context, handle=handle, count=_CHUNK)
                data += decoded(part, "buf-b64")
                if field(part, "eof", bool) or not field(part, "count", int):
                    break
        finally:
            self.ask("guest-file-close", context, handle=handle)
        return data


def field(answer: object, name: str, kind: type[T]) -> T | None:
    """A field of an answer, None where it is missing. Raises ``AgentAnswerError`` where it is something else than ``kind``: the guest
    answers, and may be hostile."""
    value = answer.get(name) if isinstance(answer, dict) else answer
    if not isinstance(answer, dict) or not (value is None or isinstance(value, kind)):
        raise AgentAnswerError(f"the guest agent answers what can't be understood: {name} is {str(value)[:_SHOWN]!r}")
    return value


def decoded(answer: object, name: str) -> bytes:
    """A field in base64; empty where it is missing. Raises ``AgentAnswerError``."""
    try:
        return base64.b64decode(field(answer, name, str) or "")
    except ValueError as error:
        raise AgentAnswerError(f"the guest agent answers what can't be understood: {name} is no base64") from error


def _send(domain: Any, text: str, seconds: int) -> str:
    import libvirt_qemu

    answer: str = libvirt_qemu.qemuAgentCommand(domain, text, seconds, 0)
    return answer
