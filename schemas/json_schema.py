"""JSON Schema of a stack file: what pydantic says of the models, plus references, minus the noise."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import core_schema

_REFERENCE: Final = "Reference"
_CONSTRAINTS: Final = frozenset({"pattern", "enum", "const", "format", "minLength", "maxLength"})
_OUTSIDE: Final = ("description", "default", "deprecated", "examples")


class _Quiet(GenerateJsonSchema):
    """Without the titles that only repeat the field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        made = super().model_schema(schema)
        made.pop("title", None)
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        return made

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        made = super().generate(schema, mode)
        made["$schema"] = self.schema_dialect
        return made


def file_schema(model: type[BaseModel], literal: Sequence[type[BaseModel]] = ()) -> dict[str, Any]:
    """The JSON Schema of a file in the form of ``model``. Everywhere below its own fields a value may also be text with
    a reference ``${...}``, but not in the models named in ``literal``."""
    schema = model.model_json_schema(schema_generator=_Quiet)
    definitions: dict[str, Any] = schema.get("$defs", {})
    written_out = {each.__name__ for each in literal}
    for name, definition in definitions.items():
        if name not in written_out:
            _open_fields(definition)
    definitions[_REFERENCE] = {
        "type": "string",
        "pattern": r"\$\{[^}]+\}",
        "description": "Text with references, as ${vms.db.address} or ${config.port}.",
    }
    return {"$schema": schema.pop("$schema"), "title": "virtwright stack", **schema}


def _open_fields(schema: Any) -> None:
    """Let references stand wherever ``schema`` describes a value inside it."""
    if not isinstance(schema, dict):
        return
    for keyword in ("properties", "patternProperties"):
        for inner in schema.get(keyword, {}).values():
            _open_value(inner)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            _open_value(schema[keyword])
    for keyword in ("anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            _open_fields(branch)


def _open_value(schema: dict[str, Any]) -> None:
    _open_fields(schema)
    if _takes_any_text(schema):
        return
    if "anyOf" in schema:
        schema["anyOf"].append(_reference())
        return
    inside = {key: schema.pop(key) for key in list(schema) if key not in _OUTSIDE}
    schema["anyOf"] = [inside, _reference()]


def _takes_any_text(schema: dict[str, Any]) -> bool:
    if any(_takes_any_text(branch) for branch in schema.get("anyOf", ())):
        return True
    described = set(schema) - set(_OUTSIDE)
    return not described or (schema.get("type") == "string" and not _CONSTRAINTS & described)


def _reference() -> dict[str, str]:
    return {"$ref": f"#/$defs/{_REFERENCE}"}
