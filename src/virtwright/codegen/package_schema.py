"""The Pulumi package schema: what SDKs for other languages are generated from.

Its form is described by ``pkg/codegen/schema/pulumi.json`` of pulumi/pulumi.
"""

import json
from importlib.metadata import metadata
from typing import Any, Final

from virtwright.codegen.components import COMPONENTS
from virtwright.codegen.forms import Choice, Field, Form, ListOf, MapOf, Object, OneOf, Scalar, fields_of
from virtwright.codegen.functions import FUNCTION_TYPES, FUNCTIONS
from virtwright.codegen.vocabulary import nested_models, output_fields
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model
from virtwright.schemas.urn import PACKAGE, type_token

_SCALARS: Final[dict[type, str]] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(package_schema(), indent=2, ensure_ascii=False) + "\n"


def package_schema() -> dict[str, Any]:
    """The whole schema."""
    about = metadata("virtwright")
    return {
        "name": PACKAGE,
        "displayName": "virtwright",
        "version": about["Version"],
        "description": about["Summary"],
        "keywords": ["category/infrastructure", "kind/native", "libvirt", "docker", "virtualization"],
        "license": "Apache-2.0",
        "meta": {"moduleFormat": "(.*)"},
        "language": {
            "python": {"requires": {"pulumi": ">=3.150.0,<4.0.0"}, "respectSchemaVersion": True},
            "nodejs": {"dependencies": {"@pulumi/pulumi": "^3.150.0"}, "respectSchemaVersion": True},
            "go": {"generateResourceContainerTypes": True, "respectSchemaVersion": True},
            "csharp": {"namespaces": {"index": "Index"}, "respectSchemaVersion": True},
        },
        "config": {
            "variables": _properties(Host, written=True),
            "defaults": [field.name for field in fields_of(Host) if not field.required],
        },
        "types": {**_types(), **FUNCTION_TYPES},
        "provider": {
            "description": _text(Host),
            "properties": _properties(Host, written=True),
            "required": [field.name for field in fields_of(Host) if field.required],
            "inputProperties": _properties(Host, written=True),
            "requiredInputs": [field.name for field in fields_of(Host) if field.required],
        },
        "resources": {**{kind.type: _resource(kind.inputs) for kind in KINDS.values()}, **COMPONENTS},
        "functions": FUNCTIONS,
    }


def _text(model: type[Model]) -> str:
    return " ".join((model.__doc__ or "").split())


def _resource(model: type[Model]) -> dict[str, Any]:
    told = output_fields(model)
    return {
        "description": _text(model),
        "properties": {field.name: _property(field, field.output) for field in told},
        "required": [field.name for field in told if not field.nullable],
        "inputProperties": _properties(model, written=True, defaults=True),
        "requiredInputs": [field.name for field in fields_of(model) if field.required],
    }


def _types() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for model in nested_models():
        fields = fields_of(model)
        found[type_token(model.__name__)] = {
            "description": _text(model),
            "type": "object",
            "properties": _properties(model, written=True),
            "required": [field.name for field in fields if field.required],
        }
    for model in (*nested_models(), *(kind.inputs for kind in KINDS.values())):
        for field in fields_of(model):
            found |= _choices(field.input)
    return dict(sorted(found.items()))


def _choices(form: Form) -> dict[str, Any]:
    match form:
        case Choice(name, words):
            values = [{"name": _enum_name(word), "value": word} for word in words]
            return {type_token(name): {"type": "string", "enum": values}}
        case ListOf(inner) | MapOf(inner):
            return _choices(inner)
        case OneOf(members):
            return {token: made for member in members for token, made in _choices(member).items()}
    return {}


def _enum_name(word: str) -> str:
    return "".join(part.capitalize() for part in word.replace("_", "-").split("-"))


def _properties(model: type[Model], *, written: bool, defaults: bool = False) -> dict[str, Any]:
    return {
        field.name: _property(field, field.input if written else field.output, default=defaults)
        for field in fields_of(model)
    }


def _property(field: Field, form: Form, *, default: bool = False) -> dict[str, Any]:
    """``default`` is said of a resource's own fields only: SDKs send what is said, and to some nested objects it matters
    whether a field was given."""
    made = {**_type(form), "description": " ".join(field.text.split())}
    if default and field.default is not None and isinstance(form, Scalar | Choice) and field.default != "":
        made["default"] = field.default
    if field.sensitive:
        made["secret"] = True
    return made


def _type(form: Form) -> dict[str, Any]:
    match form:
        case Scalar(kind):
            return {"type": _SCALARS[kind]}
        case Choice(name):
            return {"$ref": f"#/types/{type_token(name)}"}
        case ListOf(item):
            return {"type": "array", "items": _type(item)}
        case MapOf(value):
            return {"type": "object", "additionalProperties": _type(value)}
        case Object(model):
            return {"$ref": f"#/types/{type_token(model.__name__)}"}
        case OneOf(members):
            return {"oneOf": [_type(member) for member in members]}
