"""What Pulumi demands of a deployment, written down as facts from its sources and checked apart from our own code:
the JSON Schemas beside ``sdk/go/common/apitype`` with the fields that ``ResourceV3`` has got since, and the integrity of
a snapshot (``VerifyIntegrity``)."""

import hashlib
from typing import Any

import jsonschema

SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_YES = {"const": True}
"""Booleans are left out where they are false (``omitempty``)."""
_WORD = {"type": "string", "minLength": 1}
_NUMBER = {"type": "number"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}


def _special(mark: str, required: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {SIGNATURE: {"const": mark}, **required},
        "required": [SIGNATURE, *required],
        "additionalProperties": False,
    }


_VALUE: dict[str, Any] = {
    "oneOf": [
        {"type": ["null", "boolean", "number", "string"], "not": {"const": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}},
        {"type": "array", "items": {"$ref": "#/$defs/value"}},
        {
            "type": "object",
            "properties": {SIGNATURE: False},
            "additionalProperties": {"$ref": "#/$defs/value"},
        },
        _special(_SECRET, {"ciphertext": {"type": "string", "pattern": r"^v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/]+=*$"}}),
        _special("8ad145fe-0d11-4827-bfd7-1abcbf086f5c", {"value": {"type": "string", "pattern": "^[0-9a-f]{16}$"}}),
        _special("803fd3297a5875dc03ca845dda5d2a98", {"value": _TEXT}),
        {"type": "object", "properties": {SIGNATURE: {"const": "c44067f5952c0a294b673a41bacd8c17"}}, "required": [SIGNATURE]},
        {"type": "object", "properties": {SIGNATURE: {"const": "0def7320c3a5731c473e5ecbe6d01bc7"}}, "required": [SIGNATURE]},
        _special("5cf8f73096256a8f31e491e813e4eb8e", {"urn": _TEXT}),
    ]
}  # fmt: skip
_VALUES = {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}}
_RESOURCE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "urn": {"type": "string", "pattern": "^urn:pulumi:.+::.+::.+::.+$"},
        "custom": {"type": "boolean"},
        **dict.fromkeys(
            ("delete", "protect", "taint", "external", "pendingReplacement", "retainOnDelete", "refreshBeforeUpdate"),
            _YES,
        ),
        **dict.fromkeys(
            ("id", "type", "parent", "provider", "importID", "deletedWith", "sourcePosition", "viewOf", "snippetID"),
            _WORD,
        ),
        **dict.fromkeys(
            ("dependencies", "initErrors", "additionalSecretOutputs", "aliases", "replaceWith", "ignoreChanges",
             "hideDiff", "replaceOnChanges"),
            _TEXTS,
        ),
        "inputs": _VALUES,
        "outputs": _VALUES,
        "propertyDependencies": {"type": "object", "additionalProperties": _TEXTS},
        "customTimeouts": {
            "type": "object",
            "properties": dict.fromkeys(("create", "update", "delete", "read"), _NUMBER),
            "additionalProperties": False,
        },
        "created": _TIME,
        "modified": _TIME,
        "stackTrace": {"type": "array", "items": {"type": "object"}},
        "replacementTrigger": {"$ref": "#/$defs/value"},
        "resourceHooks": {
            "type": "object",
            "propertyNames": {"enum": ["BeforeCreate", "AfterCreate", "BeforeUpdate", "AfterUpdate", "BeforeDelete",
                                       "AfterDelete", "OnError"]},
            "additionalProperties": _TEXTS,
        },
    },
    "required": ["urn", "custom", "type"],
    "additionalProperties": False,
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "version": {"enum": [3, 4]},
        "features": {**_TEXTS, "minItems": 1},
        "deployment": {
            "type": "object",
            "properties": {
                "manifest": {
                    "type": "object",
                    "properties": {"time": _TIME, "magic": _TEXT, "version": _TEXT},
                    "required": ["time", "magic", "version"],
                    "additionalProperties": False,
                },
                "secrets_providers": {
                    "type": "object",
                    "properties": {
                        "type": {"const": "passphrase"},
                        "state": {
                            "type": "object",
                            "properties": {"salt": {"type": "string", "pattern": "^v1:[^:]+:v1:[^:]+:[^:]+$"}},
                            "required": ["salt"],
                            "additionalProperties": False,
                        },
                    },
                    "required": ["type", "state"],
                    "additionalProperties": False,
                },
                "resources": {"type": "array", "items": {"$ref": "#/$defs/resource"}},
                "pending_operations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "resource": {"$ref": "#/$defs/resource"},
                            "type": {"enum": ["creating", "updating", "deleting", "reading"]},
                        },
                        "required": ["resource", "type"],
                        "additionalProperties": False,
                    },
                },
                "metadata": {"type": "object"},
            },
            "required": ["manifest"],
            "additionalProperties": False,
        },
    },
    "required": ["version", "deployment"],
    "additionalProperties": False,
    "$defs": {"resource": _RESOURCE, "value": _VALUE},
}
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def verify(document: dict[str, Any]) -> None:
    """Fails where Pulumi would not take the document."""
    _VALIDATOR.validate(document)
    deployment = document["deployment"]
    manifest = deployment["manifest"]
    assert manifest["magic"] == hashlib.sha256(manifest["version"].encode()).hexdigest()
    resources = deployment["resources"]
    seen: list[str] = []
    providers: set[str] = set()
    for each in resources:
        urn, parts = each["urn"], each["urn"].split("::", 3)
        assert parts[2].split("$")[-1] == each["type"], urn
        assert each["custom"] or "id" not in each, urn
        if each["type"].startswith("pulumi:providers:"):
            assert each["id"], f"the provider {urn} has no id"
            providers.add(f"{urn}::{each['id']}")
        elif each["custom"]:
            assert each["provider"] in providers, urn
        for need in _needs(each):
            assert need in seen, f"{urn} needs {need} before it"
        seen.append(urn)
    live = [each["urn"] for each in resources if not each.get("delete")]
    assert len(set(live)) == len(live)
    assert ("features" in document) == (document["version"] == 4)
    hooks = any("resourceHooks" in each for each in resources)
    assert hooks == ("hooks" in document.get("features", ()))


def _needs(resource: dict[str, Any]) -> list[str]:
    properties = resource.get("propertyDependencies", {})
    assert set(properties) <= set(resource.get("inputs", {}))
    one = [resource[name] for name in ("parent", "deletedWith") if name in resource]
    many = [urn for name in ("dependencies", "replaceWith") for urn in resource.get(name, ())]
    return [*one, *many, *(urn for urns in properties.values() for urn in urns)]
