"""``import virtwright`` is light, and its names come when they are asked for."""

import subprocess
import sys

import pytest

import virtwright as vw


def test_importing_the_package_loads_no_sdk() -> None:
    code = "import sys, virtwright; sys.exit(any(name in sys.modules for name in ('pulumi', 'grpc', 'pydantic')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_every_name_is_there_and_listed() -> None:
    names = dir(vw)
    for name in ("Host", "Network", "VirtualMachine", "DiskArgs", "DiskArgsDict", "Cluster", "get_image", "outputs"):
        assert name in names and getattr(vw, name) is not None


def test_a_misspelt_name_gets_a_hint() -> None:
    with pytest.raises(AttributeError, match=r"has no attribute 'Netwrk'; did you mean Network\?"):
        vw.__getattr__("Netwrk")
