"""Lets ``UNKNOWN`` into a pydantic model: into any field, list item or map value, at any depth. Keeps booleans out of
numbers, into which pydantic would let them, on the same occasion."""

from typing import Any, Final

from pydantic import ValidatorFunctionWrapHandler
from pydantic_core import core_schema

from virtwright.schemas.faults import fault
from virtwright.schemas.values import Unknown

_WRAPPERS: Final = frozenset({"nullable", "function-before", "function-after", "function-wrap"})


def admit_unknown(model_schema: Any) -> None:
    """Change the core schema of a model in place. What its own models hold is left alone: they have done the same."""
    schema = model_schema
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    for field in schema["fields"].values():
        field["schema"] = _value(field["schema"])


def _pass_unknown(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, Unknown) else handler(value)


def _pass_unknown_to_number(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if value is True or value is False:
        raise fault("expected a number", show=True)
    return value if isinstance(value, Unknown) else handler(value)


def _value(schema: Any) -> Any:
    if schema["type"] == "default":
        schema["schema"] = _value(schema["schema"])
        return schema
    if schema["type"] == "function-wrap" and schema["function"]["function"] in _OURS:
        return schema
    function = _pass_unknown_to_number if _is_number(schema) else _pass_unknown
    return core_schema.no_info_wrap_validator_function(function, _inside(schema))


_OURS: Final = (_pass_unknown, _pass_unknown_to_number)


def _is_number(schema: Any) -> bool:
    while schema["type"] in _WRAPPERS:
        schema = schema["schema"]
    return schema["type"] in ("int", "float")


def _inside(schema: Any) -> Any:
    kind = schema["type"]
    if kind in _WRAPPERS:
        schema["schema"] = _inside(schema["schema"])
    elif kind == "list" and "items_schema" in schema:
        schema["items_schema"] = _value(schema["items_schema"])
    elif kind == "dict" and "values_schema" in schema:
        schema["values_schema"] = _value(schema["values_schema"])
    elif kind == "tagged-union":
        schema["choices"] = {tag: _inside(choice) for tag, choice in schema["choices"].items()}
    return schema
