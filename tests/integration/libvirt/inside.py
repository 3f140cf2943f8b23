"""Commands inside of the guest of a machine, through its agent, wherever the machine is."""

import base64
import time
from typing import Any, Final

from tests.integration.libvirt.two_hosts import TwoHosts

from virtwright.errors import HostError
from virtwright.providers.libvirt.agent.channel import AgentChannel

PATIENCE: Final = 150.0
"""Seconds: emulated guests on a machine that does much else take long."""


class Inside:
    """Of the machine that is on one of two hosts."""

    def __init__(self, hosts: TwoHosts) -> None:
        self._hosts = hosts

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

    def _channel(self) -> AgentChannel:
        number = 0 if self._hosts.machines(0) else 1
        lab = self._hosts.labs[number]
        return AgentChannel(lab.connection, lab.api.lookupByName("shop_db").UUIDString(), "shop_db")
