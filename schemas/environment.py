"""Environment variables."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from virtwright.schemas.text import Content, EnvironmentName


def _as_text(value: Any) -> Any:
    return {key: _scalar(item) for key, item in value.items()} if isinstance(value, dict) else value


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Environment = Annotated[
    dict[EnvironmentName, Content],
    BeforeValidator(_as_text, json_schema_input_type=dict[EnvironmentName, str | int | float | bool]),
]
"""Variables by name. Numbers and booleans become text, as they are written in YAML."""
