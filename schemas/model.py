"""The base of every model of the vocabulary."""

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from virtwright.pydantic_plugins import leave_out_plugins
from virtwright.schemas.descriptions import field_descriptions
from virtwright.schemas.unknowns import admit_unknown
from virtwright.schemas.values import Value

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


leave_out_plugins()


class Model(BaseModel):
    """Frozen, strict about names, and at ease with ``UNKNOWN`` in any field, list item or map value."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=False,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # an exception that escapes must not show a secret
        defer_build=True,  # a command needs few of the models
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        admit_unknown(handler.resolve_ref_schema(schema))
        return schema

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in field_descriptions(cls).items():
            properties.get(cls.model_fields[name].alias or name, {}).setdefault("description", text)
        return schema

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Itself: it is frozen, and pydantic would copy every default at every validation."""
        return self


def to_properties(model: BaseModel) -> dict[str, Value]:
    """The model as plain property values with every field present. Models hold only what JSON has a word for."""
    return model.model_dump(by_alias=True, warnings=False)
