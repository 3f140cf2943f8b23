"""``--help`` is quick because nothing heavy is imported for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = frozenset(("pydantic", "pydantic_core", "rich", "sqlalchemy", "pyroute2", "ruamel", "cryptography"))
TYPERS_OWN = frozenset(("pydantic", "pydantic_core"))
"""What typer imports as soon as an argument has a value to convert."""
PROGRAM = """
import sys
from pathlib import Path
from virtwright.cli.command_line import run
code = run(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], HEAVY),
        (["plan", "--help"], HEAVY - TYPERS_OWN),
        (["state", "--help"], HEAVY - TYPERS_OWN),
        (["state", "move", "--help"], HEAVY - TYPERS_OWN),
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str], heavy: frozenset[str]) -> None:
    words = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: virtwright")
    assert not set(done.stderr.split()) & heavy


DRIVERS = frozenset(
    ("alembic", "docker", "grpc", "paramiko", "psycopg", "pulumi", "requests", "sqlalchemy", "tenacity")
)
"""What a Python stack, a Docker host, a server or older tables need."""
PLUGIN = """
import sys
import virtwright.plugin.main
import virtwright.plugin.servicer
print(*sys.modules)
"""
PLUGINS_OWN = frozenset(("errors", "lazy_dataclasses", "plugin", "stacks"))
"""Packages and modules below ``virtwright``."""


def loaded(program: str, *words: str, home: Path | None = None) -> set[str]:
    environment = os.environ if home is None else {**os.environ, "VIRTWRIGHT_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return set((done.stderr or done.stdout).split())


def test_the_plugin_needs_neither_the_sdk_nor_the_vocabulary_to_tell_its_schema() -> None:
    modules = loaded(PLUGIN)
    assert not {name.partition(".")[0] for name in modules} & {*HEAVY, *DRIVERS - {"grpc", "pulumi"}}
    assert not {"pulumi", "pulumi.runtime", "pulumi.resource", "opentelemetry"} & modules
    own = {name.split(".")[1] for name in modules if name.startswith("virtwright.")}
    assert own <= PLUGINS_OWN


STACK = """
stack: shop
hosts: {{here: {{uri: "namespace://{root}"}}}}
{sections}
"""
NAMESPACE = "virtwright.providers.namespace"
USED = {"networks": set(), "volumes": {"volume"}, "containers": {"attachments", "container"}}
"""The models that a stack of the section needs, of those that others need."""
CASES = [
    pytest.param("networks: {back: {}}", ("containers", "images", "volumes", "shim"), id="network"),
    pytest.param("volumes: {data: {size: 4MiB}}", ("containers", "images", "network", "shim"), id="volume"),
    pytest.param(
        "containers: {web: {image: host, command: [sleep, infinity]}}",
        (
            "images.store",
            "images.handler",
            "network.handler",
            "volumes.handler",
            "containers.lifecycle",
            "containers.machine_handler",
        ),
        id="container",
    ),
]


@pytest.mark.parametrize(("sections", "unneeded"), CASES)
def test_a_stack_in_yaml_needs_no_sdk_no_driver_and_no_other_provider(
    sections: str, unneeded: tuple[str, ...], tmp_path: Path
) -> None:
    """What a Python stack, a Docker host or a server needs is loaded for these alone, and so is each kind."""
    text = STACK.format(root=tmp_path / "root", sections=sections)
    (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
    modules = loaded(PROGRAM, "validate", str(tmp_path), home=tmp_path)
    assert not {name.partition(".")[0] for name in modules} & {*DRIVERS, "ssl"}
    schemas = {name.removeprefix("virtwright.schemas.") for name in modules if name.startswith("virtwright.schemas.")}
    assert (
        not schemas
        & {"machine", "service", "container", "image", "volume", "attachments"} - USED[sections.partition(":")[0]]
    )
    providers = {name.split(".")[2] for name in modules if name.startswith("virtwright.providers.")}
    assert not providers & {"docker", "dynamic", "libvirt", "ssh", "exports"}
    parts = {name.removeprefix(f"{NAMESPACE}.") for name in modules if name.startswith(f"{NAMESPACE}.")}
    assert not {name for name in parts for each in unneeded if name == each or name.startswith(f"{each}.")}


LISTED = frozenset(("docker", "dynamic", "libvirt", "namespace", "ssh"))
"""The packages of providers, and of what only some of their hosts need."""
HOSTS = [
    ("namespace://{root}", "namespace"),
    ("docker+unix:///nowhere.sock", "docker"),
    ("docker+ssh://root@web1", "docker"),
    ("swarm+unix:///nowhere.sock", "docker"),
    ("qemu:///system", "libvirt"),
    ("xen+ssh://root@xen1", "libvirt"),
    ("test:///default", "libvirt"),
]


@pytest.mark.parametrize(("uri", "needed"), HOSTS)
def test_no_provider_is_loaded_that_no_host_of_the_stack_needs(uri: str, needed: str, tmp_path: Path) -> None:
    text = f'stack: shop\nhosts: {{here: {{uri: "{uri.format(root=tmp_path)}"}}}}\nnetworks: {{back: {{}}}}\n'
    (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
    modules = loaded(PROGRAM, "validate", str(tmp_path), home=tmp_path)
    assert {name.split(".")[2] for name in modules if name.startswith("virtwright.providers.")} & LISTED == {needed}
