"""The base of every model of the vocabulary."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidatorFunctionWrapHandler, field_validator

from virtwright.schemas.values import Unknown, Value


class Model(BaseModel):
    """Frozen, strict about names, and at ease with ``UNKNOWN`` in any field, list item or map value."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=False,
        ser_json_inf_nan="constants",
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _let_unknown_pass(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, Unknown):
            return value
        if isinstance(value, dict) and any(isinstance(item, Unknown) for item in value.values()):
            known = handler({key: item for key, item in value.items() if not isinstance(item, Unknown)})
            return {**known, **{key: item for key, item in value.items() if isinstance(item, Unknown)}}
        if isinstance(value, list) and any(isinstance(item, Unknown) for item in value):
            known = iter(handler([item for item in value if not isinstance(item, Unknown)]))
            return [item if isinstance(item, Unknown) else next(known) for item in value]
        return handler(value)


def to_properties(model: BaseModel) -> dict[str, Value]:
    """The model as plain property values with every field present. Models hold only what JSON has a word for."""
    return model.model_dump(by_alias=True, warnings=False)
