"""What people write short means the same as the long form."""

from typing import Any

import pytest

from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import to_properties
from virtwright.schemas.problems import near

PORT = {"host_address": None, "protocol": "tcp", "mode": None}


def field(kind: str, name: str, value: Any, /, **inputs: Any) -> Any:
    return to_properties(KINDS[kind].inputs.model_validate({name: value, **inputs}))[name]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (80, {**PORT, "port": 80, "host_port": 80}),
        ("80", {**PORT, "port": 80, "host_port": 80}),
        ("8080:80", {**PORT, "port": 80, "host_port": 8080}),
        ("53:53/udp", {**PORT, "port": 53, "host_port": 53, "protocol": "udp"}),
        ("127.0.0.1:8080:80", {**PORT, "port": 80, "host_port": 8080, "host_address": "127.0.0.1"}),
        ("127.0.0.1:80", {**PORT, "port": 80, "host_port": 80, "host_address": "127.0.0.1"}),
        ("[::1]:8080:80", {**PORT, "port": 80, "host_port": 8080, "host_address": "::1"}),
    ],
)
def test_ports(short: Any, long: dict[str, Any]) -> None:
    assert field("Container", "ports", [short], image="a") == [long]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("data:/x", {"volume": "data", "bind": None, "mount": "/x", "read_only": False}),
        ("/srv/a:/x:ro", {"volume": None, "bind": "/srv/a", "mount": "/x", "read_only": True}),
        ("data:/x:rw", {"volume": "data", "bind": None, "mount": "/x", "read_only": False}),
    ],
)
def test_mounts(short: str, long: dict[str, Any]) -> None:
    assert field("Container", "volumes", [short], image="a") == [long]


@pytest.mark.parametrize(
    ("kind", "name", "short", "long"),
    [
        ("Container", "command", "echo $HOME", ["/bin/sh", "-c", "echo $HOME"]),
        ("Container", "environment", {"A": 1, "B": True, "C": 0.5}, {"A": "1", "B": "true", "C": "0.5"}),
        ("Container", "restart", False, "no"),
        ("Container", "working_dir", "//srv//./x/", "/srv/x"),
        ("Container", "stop_timeout", "1m30s", 90.0),
        ("Service", "replicas", "3", 3),
        ("Service", "replicas", 3.0, 3),
    ],
)
def test_values(kind: str, name: str, short: Any, long: Any) -> None:
    inputs = {} if kind == "VirtualMachine" else {"image": "a"}
    assert field(kind, name, short, **inputs) == long


def test_a_network_by_its_name() -> None:
    assert field("Container", "networks", ["back"], image="a")[0]["network"] == "back"


def test_graphics_by_their_type() -> None:
    assert field("VirtualMachine", "graphics", "vnc")["type"] == "vnc"


def test_an_image_by_its_registry_reference() -> None:
    assert field("Image", "source", "nginx:1.27")["registry"] == "nginx:1.27"


def test_no_health_check() -> None:
    assert field("Container", "healthcheck", "none", image="a")["disabled"] is True


def test_a_mac_address_has_one_form() -> None:
    attachment = {"network": "a", "mac": "52-54-00-AB-CD-EF"}
    assert field("Container", "networks", [attachment], image="a")[0]["mac"] == "52:54:00:ab:cd:ef"


def test_near_names() -> None:
    assert near("Memry", ["cpus", "memory"]) == "memory"
    assert near("zzz", ["cpus", "memory"]) is None
