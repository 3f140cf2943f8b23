"""How far cloud-init has come inside: from its own files, through the guest agent, or from what it says on the console.

https://docs.cloud-init.io/en/latest/explanation/return_codes.html
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.agent.channel import AgentChannel, AgentSilentError

_RESULT: Final = "/run/cloud-init/result.json"
"""Is there when all is over."""
_STATUS: Final = "/run/cloud-init/status.json"
_STAGES: Final = ("init-local", "init", "modules-config", "modules-final")
_FINISHED: Final = re.compile(rb"[Cc]loud-init v\. ?\S+ finished at ")
_SHOWN: Final = 500
_MOST: Final = 20
"""Errors that are told."""


def seen_by_agent(agent: AgentChannel, context: Context) -> str | None:
    """What is missing; None where it has finished well. Raises ``HostError`` where it has finished with errors."""
    try:
        result = _read(agent, _RESULT, context)
        if result is None:
            return f"cloud-init is at {_stage(_read(agent, _STATUS, context))}"
    except AgentSilentError:
        return "its guest agent does not answer"
    if errors := result.get("errors"):
        listed = errors if isinstance(errors, list) else [errors]
        told = "\n".join(f"    {str(each)[:_SHOWN]}" for each in listed[:_MOST])
        raise HostError(
            f"the first boot failed: cloud-init says\n{told}",
            hint="inside the guest, its log tells more:\n    cat /var/log/cloud-init.log /var/log/cloud-init-output.log",
        )
    return None


def seen_on_console(read: Callable[[int], bytes], since: int) -> str | None:
    """What is missing. ``read`` gives what the console said after so many bytes."""
    said = read(since)
    if _FINISHED.search(said):
        return None
    lines = [line for line in said.decode(errors="replace").replace("\r", "").split("\n") if line.strip()]
    return f"cloud-init has not said that it finished; the console's last line: {lines[-1][-80:] if lines else 'none'}"


def _read(agent: AgentChannel, path: str, context: Context) -> dict[str, Any] | None:
    """The part ``v1``; None where it is not there yet, or half written."""
    data = agent.read_file(path, context)
    try:
        told = json.loads(data or b"null")
    except (ValueError, RecursionError):
        return None
    first = told.get("v1") if isinstance(told, dict) else None
    return first if isinstance(first, dict) else None


def _stage(status: dict[str, Any] | None) -> str:
    if status is None:
        return "its beginning"
    done = (each for each in reversed(_STAGES) if isinstance(of := status.get(each), dict) and of.get("finished"))
    return str(status.get("stage") or next(done, "its beginning"))[:_SHOWN]
