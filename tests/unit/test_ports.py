"""A port that is given to a test is nobody else's."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests import ports

ROOT = Path(__file__).parents[2]


def test_each_port_is_given_once_and_nobody_connects_from_it() -> None:
    found = [ports.free_port() for _ in range(50)]
    assert len({*found}) == 50
    assert max(found) < int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def test_another_process_is_not_given_it() -> None:
    script = f"from tests import ports; print(ports._claimed({ports.free_port()}))"
    assert subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True, timeout=120) == "False\n"


def test_a_port_that_is_used_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.free_port()
    monkeypatch.setattr(ports, "_claimed", lambda port: True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(ports, "_candidates", lambda: [taken.getsockname()[1], free])
        assert ports.free_port() == free
