"""The package schema holds to the rules of Pulumi's metaschema (pkg/codegen/schema/pulumi.json) and to our models."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from virtwright.codegen.package_schema import package_schema
from virtwright.schemas.kinds import KINDS

SCHEMA = package_schema()
TOKEN = re.compile(r"virtwright:index:[A-Za-z][A-Za-z0-9]*")
PRIMITIVE = {"boolean", "integer", "number", "string"}
PYTHON: dict[str, Any] = {"boolean": bool, "integer": int, "number": (int, float), "string": str}


def objects() -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Every map of properties, with the names that it requires."""
    yield "config", SCHEMA["config"]["variables"], SCHEMA["config"]["defaults"]
    for name, spec in {**SCHEMA["resources"], "provider": SCHEMA["provider"]}.items():
        yield f"{name} inputs", spec["inputProperties"], spec["requiredInputs"]
        yield f"{name} outputs", spec["properties"], spec["required"]
    for name, spec in SCHEMA["types"].items():
        if spec["type"] == "object":
            yield name, spec["properties"], spec["required"]
    for name, spec in SCHEMA["functions"].items():
        yield f"{name} inputs", spec["inputs"]["properties"], spec["inputs"].get("required", [])
        yield f"{name} outputs", spec["outputs"]["properties"], spec["outputs"]["required"]


def types(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield spec
    for inner in (spec.get("items"), spec.get("additionalProperties"), *spec.get("oneOf", ())):
        if inner is not None:
            yield from types(inner)


def resolved(reference: str) -> Any:
    _, section, token = reference.split("/", 2)
    return SCHEMA[section][token]


@pytest.mark.parametrize(
    ("where", "properties", "required"), list(objects()), ids=lambda each: each if isinstance(each, str) else ""
)
def test_properties_are_described_and_typed(where: str, properties: dict[str, Any], required: list[str]) -> None:
    assert set(required) <= set(properties)
    assert not {"id", "urn"} & set(properties) or where.endswith("getImage outputs")  # reserved by Pulumi for resources
    for name, spec in properties.items():
        assert spec["description"], name
        for each in types(spec):
            forms = [form for form in ("$ref", "oneOf", "type") if form in each]
            assert len(forms) == 1, (name, each)
            if "$ref" in each:
                assert resolved(each["$ref"])
            elif "oneOf" in each:
                assert len(each["oneOf"]) >= 2
            elif each["type"] == "array":
                assert "items" in each
            elif each["type"] == "object":
                assert "additionalProperties" in each
            else:
                assert each["type"] in PRIMITIVE


def test_tokens_are_unique_whatever_their_case() -> None:
    """SDKs make files and classes of them, also on file systems that don't tell cases apart."""
    tokens = [*SCHEMA["types"], *SCHEMA["resources"], *SCHEMA["functions"]]
    assert all(TOKEN.fullmatch(token) for token in tokens)
    assert len({token.lower() for token in tokens}) == len(tokens)


def test_every_kind_is_there_with_its_fields() -> None:
    for kind in KINDS.values():
        resource = SCHEMA["resources"][kind.type]
        assert list(resource["inputProperties"]) == list(kind.inputs.model_fields)
        assert set(kind.outputs.model_fields) - {"id"} <= set(resource["properties"])
        assert set(kind.inputs.model_fields) <= set(resource["properties"])


def test_what_holds_secrets_is_marked() -> None:
    marked = {
        f"{name.rsplit(':', 1)[-1]}.{field}"
        for name, properties, _ in objects()
        for field, spec in properties.items()
        if spec.get("secret")
    }
    assert marked == {"SshSettings.password", "RegistryLogin.password", "Graphics.password", "User.password_hash"}


def test_defaults_fit_their_types() -> None:
    seen = 0
    for _, properties, _ in objects():
        for name, spec in properties.items():
            if "default" not in spec:
                continue
            seen += 1
            if "$ref" in spec:
                assert spec["default"] in [each["value"] for each in resolved(spec["$ref"])["enum"]], name
            else:
                kind = PYTHON[spec["type"]]
                assert isinstance(spec["default"], kind) and (kind is bool or not isinstance(spec["default"], bool))
    assert seen > 10


def test_choices_have_values_and_names_that_differ() -> None:
    for token, spec in SCHEMA["types"].items():
        if "enum" in spec:
            values, names = [each["value"] for each in spec["enum"]], [each["name"] for each in spec["enum"]]
            assert len(set(values)) == len(values) > 0, token
            assert len({name.lower() for name in names}) == len(names), token
            assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name) for name in names), token
