"""Values in the form that people read."""

from typing import Any

import pytest

from virtwright.schemas.display import describe_value
from virtwright.schemas.values import UNKNOWN, Path, Secret


@pytest.mark.parametrize(
    ("kind", "path", "value", "shown"),
    [
        ("Container", ("resources", "memory"), 536870912, "512MiB"),
        ("Container", ("resources", "memory"), None, "(none)"),
        ("Container", ("resources",), {"memory": 2**30, "cpus": 0.5, "pids": None}, "{memory: 1GiB, cpus: 0.5}"),
        (
            "Container",
            ("wait_for",),
            {"address": False, "tcp": 80, "ssh": False, "healthy": False, "completed": False, "timeout": 120.0},
            "{tcp: 80}",
        ),
        ("Container", ("wait_for",), {"ssh": True, "timeout": 90.0}, "{ssh: true, timeout: 1m30s}"),
        ("Container", ("wait_for",), {"tcp": None, "timeout": 120.0}, "{timeout: 2m}"),
        ("Container", ("stop_timeout",), 90.0, "1m30s"),
        ("Container", ("healthcheck", "interval"), 0.25, "250ms"),
        ("Container", ("image",), "docker.io/library/nginx:1.27", "docker.io/library/nginx:1.27"),
        ("Container", ("environment", "A"), "1", '"1"'),
        ("Container", ("environment", "A"), "true", '"true"'),
        ("Container", ("environment", "A"), "1e3", '"1e3"'),
        ("Container", ("environment", "A"), "10.40.0.10", "10.40.0.10"),
        ("Container", ("environment", "A"), "", '""'),
        ("Container", ("environment", "A"), " a", '" a"'),
        ("Container", ("environment", "A"), "a: b", '"a: b"'),
        ("Container", ("environment", "A"), "a, b", '"a, b"'),
        ("Container", ("environment", "A"), 'say "x"', '"say \\"x\\""'),
        ("Container", ("environment", "A"), "\x1b[31mred", '"\\u001b[31mred"'),
        ("Container", ("environment", "A"), "a\u202eb", '"a\\u202eb"'),
        ("Container", ("environment", "A"), "größe", "größe"),
        ("Container", ("environment", "A"), Secret("x"), "[secret]"),
        ("Container", ("environment",), {"A": Secret("x"), "B": UNKNOWN}, "{A: [secret], B: (known after apply)}"),
        ("Container", ("ports", 0, "port"), 80, "80"),
        ("Container", ("read_only",), True, "true"),
        ("Container", ("networks",), [{"network": "back", "address": None, "aliases": []}], "[{network: back}]"),
        ("Container", ("command",), ["/bin/sh", "-c", "echo a, b"], '[/bin/sh, -c, "echo a, b"]'),
        ("VirtualMachine", ("disks", 0, "size"), 10 * 2**30, "10GiB"),
        ("VirtualMachine", ("boot", "kernel"), "/boot/vmlinuz", "/boot/vmlinuz"),
        ("VirtualMachine", ("cloud_init", "runcmd", 0), ["a", "b"], "[a, b]"),
        ("Host", ("ssh", "connect_timeout"), 15.0, "15s"),
        ("Network", ("not_a_field", 3), 5, "5"),
    ],
)
def test_values(kind: str, path: Path, value: Any, shown: str) -> None:
    assert describe_value(kind, path, value) == shown


def test_a_long_line_is_cut_and_says_so() -> None:
    shown = describe_value("Container", ("description",), "x" * 400)
    assert shown == "x" * 120 + " … (400 characters)"


def test_of_many_lines_the_first_that_says_something_is_shown() -> None:
    shown = describe_value("VirtualMachine", ("cloud_init", "user_data"), "\n#cloud-config\n" + "a: b\n" * 28)
    assert shown == '"#cloud-config" … (30 lines)'


def test_a_long_list_is_cut_and_says_so() -> None:
    shown = describe_value("Container", ("command",), [f"a{i}" for i in range(30)])
    assert shown.startswith("[a0, a1, ") and shown.endswith("a19, … 10 more]")
