"""The JSON Schema of a stack file: current, a valid schema, and right about files that are valid and files that are not."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.vocabulary import EXAMPLES, HOST, OPTIONS

import virtwright.schemas
from virtwright.schemas.kinds import KINDS, SECTIONS
from virtwright.schemas.stack import StackFile, stack_json_schema

SCHEMA = stack_json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
COMMITTED = Path(virtwright.schemas.__path__[0], "stack.schema.json")
DESIGN: dict[str, Any] = {
    "stack": "shop",
    "hosts": {"here": {"uri": "namespace:///"}},
    "config": {"replicas": {"type": "integer", "default": 2}, "db_password": {"type": "string", "secret": True}},
    "networks": {"back": {"cidr": "10.40.0.0/24"}},
    "volumes": {"data": {"size": "1GiB"}},
    "vms": {
        "db": {
            "cpus": 1,
            "memory": "512MiB",
            "image": "host",
            "networks": [{"network": "back", "address": "10.40.0.10"}],
            "disks": [{"volume": "data", "mount": "/var/lib/shop"}],
            "cloud_init": {"packages": [], "runcmd": ["/opt/shop/db --data /var/lib/shop"]},
            "wait_for": {"tcp": 5432, "timeout": "60s"},
        }
    },
    "containers": {
        "web": {
            "image": "host",
            "command": ["python3", "-m", "http.server", "80"],
            "networks": ["back"],
            "ports": ["127.0.0.1:8080:80"],
            "environment": {"DB": "${vms.db.address}", "PASSWORD": "${config.db_password}", "N": 1, "Y": True},
            "resources": {"cpus": 0.5, "memory": "64MiB"},
            "healthcheck": {"tcp": 80},
        }
    },
    "outputs": {"url": "http://127.0.0.1:8080", "all": ["${vms.db.address}", {"a": 1}]},
}


def with_entry(section: str, entry: Any) -> dict[str, Any]:
    return {"stack": "a", section: {"x": entry}}


def test_the_committed_schema_is_current() -> None:
    current = json.loads(COMMITTED.read_text())
    assert current == SCHEMA, "run: virtwright schema > schemas/stack.schema.json"


def test_it_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_design_s_stack_is_valid_for_schema_and_model() -> None:
    VALIDATOR.validate(DESIGN)
    StackFile.model_validate(DESIGN)


@pytest.mark.parametrize(
    ("section", "example"),
    [(kind.section, each) for kind in KINDS.values() for each in EXAMPLES[kind.name]],
)
def test_every_example_is_valid_for_the_schema_too(section: str, example: dict[str, Any]) -> None:
    VALIDATOR.validate(with_entry(section, {**example, **OPTIONS}))
    SECTIONS[section].entry.model_validate({**example, **OPTIONS})


def test_a_host_with_everything_is_valid() -> None:
    VALIDATOR.validate({"stack": "a", "hosts": {"h": HOST}})


def leaves(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a value, the innermost first."""
    if not isinstance(value, dict | list):
        return []
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [place for key in keys for place in [*leaves(value[key]), (value, key)]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_reference_may_stand_for_any_value(kind: str) -> None:
    section = KINDS[kind].section
    for number in range(len(EXAMPLES[kind])):
        entry = json.loads(json.dumps({**EXAMPLES[kind][number], **OPTIONS}))
        for container, key in leaves(entry):
            before, container[key] = container[key], "${config.a}"
            VALIDATOR.validate(with_entry(section, entry))
            container[key] = before


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"stack": "a b"},
        {"stack": "a", "vm": {}},
        {"stack": "${config.a}"},
        with_entry("vms", {"memry": "1GiB"}),
        with_entry("vms", {"cpus": "two"}),
        with_entry("vms", {"cpus": 0}),
        with_entry("vms", {"power": "off"}),
        with_entry("vms", {"boot": {"initrd": "/a"}}),
        with_entry("vms", {"memory": "2 apples"}),
        with_entry("containers", {}),
        with_entry("containers", {"image": "a", "environment": {"1a": "b"}}),
        with_entry("containers", {"image": "a", "command": []}),
        with_entry("containers", {"image": "a", "networks": [{"adress": "10.0.0.1"}]}),
        with_entry("config", {"type": "text"}),
        with_entry("config", {"type": "${config.a}"}),
        {"stack": "a", "moved": [{"from": "vms.a"}]},
        {"stack": "a", "moved": [{"from": "vm.a", "to": "vm.b"}]},
    ],
    ids=lambda bad: json.dumps(bad)[:60],
)
def test_what_is_wrong_is_refused(bad: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(bad)


def test_every_property_is_described() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition.get("description"), name
        for field, schema in definition.get("properties", {}).items():
            assert schema.get("description"), f"{name}.{field}"


def test_a_reference_is_offered_once_in_each_place() -> None:
    text = json.dumps({"$ref": "#/$defs/Reference"})

    def count(schema: Any) -> None:
        if isinstance(schema, dict):
            assert [json.dumps(each) for each in schema.get("anyOf", ())].count(text) <= 1
            for each in schema.values():
                count(each)
        elif isinstance(schema, list):
            for each in schema:
                count(each)

    count(SCHEMA)


def test_each_section_has_the_inputs_and_the_options() -> None:
    for kind in KINDS.values():
        assert issubclass(kind.entry, kind.inputs)
        assert {"host", "count", "depends_on"} <= set(kind.entry.model_fields)
