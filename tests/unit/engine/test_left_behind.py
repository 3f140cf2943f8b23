"""What a plan says of an object that is made anew on another host."""

from typing import Any

import pytest

from virtwright.engine.left_behind import left_behind

ANEW = "it is made anew there"


@pytest.mark.parametrize(
    ("kind", "inputs", "outputs", "text"),
    [
        ("Network", {}, {}, ANEW),
        ("Network", {}, {"id": "n1", "address": ""}, f"{ANEW}; lost: its id n1"),
        ("Image", {}, {"name": "x"}, ANEW),
        ("Volume", {}, {"id": "v1", "address": "10.0.0.2"}, f"{ANEW}; lost: all that it holds"),
        ("Container", {}, {}, f"{ANEW}; lost: what was written inside of it, but for its volumes"),
        (
            "Container",
            {"networks": [{"network": "back"}]},
            {"id": "c1", "address": "10.0.0.2"},
            (
                f"{ANEW}; lost: what was written inside of it, but for its volumes, its id c1, its address 10.0.0.2"
            ),
        ),
        (
            "Service",
            {"networks": [{"network": "front"}, {"network": "back", "address": "10.0.0.2"}]},
            {"address": "10.0.0.2"},
            f"{ANEW}; lost: its address 10.0.0.2 (where the other host's network is not the same one)",
        ),
        ("Service", {"networks": [{"address": "10.0.0.2"}]}, {"id": "s1"}, f"{ANEW}; lost: its id s1"),
        ("Service", {"networks": ["back", None]}, {"address": "a"}, f"{ANEW}; lost: its address a"),
        ("Service", {"networks": None}, {"address": "a"}, f"{ANEW}; lost: its address a"),
        ("VirtualMachine", {}, {}, ANEW),
        ("VirtualMachine", {"image": "debian"}, {}, f"{ANEW}; lost: what was written to its own disks"),
        ("VirtualMachine", {"disks": [{"volume": "data"}]}, {}, ANEW),
        ("VirtualMachine", {"disks": [{"device": "cdrom"}]}, {}, ANEW),
        ("VirtualMachine", {"disks": [{"volume": "data", "device": "disk"}, {"device": "cdrom"}]}, {}, ANEW),
        (
            "VirtualMachine",
            {"image": None, "disks": [{"volume": "data"}, {"size": 1}]},
            {},
            f"{ANEW}; lost: what was written to its own disks",
        ),
        (
            "VirtualMachine",
            {"disks": [{"volume": None, "device": "disk"}]},
            {"id": "m1"},
            f"{ANEW}; lost: what was written to its own disks, its id m1",
        ),
    ],
)  # fmt: skip
def test_what_is_left_behind(kind: str, inputs: dict[str, Any], outputs: dict[str, Any], text: str) -> None:
    assert left_behind(kind, inputs, outputs) == text
