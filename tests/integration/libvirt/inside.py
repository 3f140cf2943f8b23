"""Commands inside of the guest of a machine, through its agent, wherever the machine is."""

import base64
import time
from collections.abc import Callable
from typing import Any

from tests.integration.libvirt.running_guest import PATIENCE

from virtwright.errors import HostError
from virtwright.providers.libvirt.agent.channel import AgentChannel


class Inside:
    """Of the machine whose agent ``channel`` gives: the one where it is now."""

    def __init__(self, channel: Callable[[], AgentChannel]) -> None:
        self._channel = channel

    def run(self, *command: str) -> str:
        """What it writes. Waits until the agent answers."""
        pid = self._ask("guest-exec", path=command[0], arg=list(command[1:]), capture_output=True)["pid"]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            told = self._ask("guest-exec-status", pid=pid)
            if told["exited"]:
                return base64.b64decode(told.get("out-data", "")).decode()
            time.sleep(0.1)
        raise AssertionError(f"{command} did not end")

    def uptime(self) -> float:
        return float(self.run("cat", "/proc/uptime").split()[0])

    def _ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                told: dict[str, Any] = self._channel().ask(command, **arguments)
                return told
            except HostError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.3)
