"""The args classes of nested values, and their forms as ``TypedDict``."""

from collections.abc import Sequence

from virtwright.codegen.forms import Field, fields_of
from virtwright.codegen.python_types import PACKAGE, docstring, header, imports, input_type
from virtwright.schemas.model import Model


def inputs_module(name: str, models: Sequence[type[Model]]) -> str:
    """The module with the inputs of the models that stand in one file of ``schemas/``."""
    fields = [field for model in models for field in fields_of(model)]
    lines = [
        *header(f"Inputs from ``schemas/{name}.py``."),
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping, Sequence",
        "from dataclasses import dataclass",
        "from typing import Literal, NotRequired, TypedDict",
        "",
        "import pulumi",
        "",
        *imports(fields, name),
        f"from {PACKAGE}.words import Words",
        "",
    ]
    for model in models:
        lines += [*_args_class(model), "", "", *_typed_dict(model), "", ""]
    return "\n".join(lines) + "\n"


def _args_class(model: type[Model]) -> list[str]:
    """The class whose instances a program gives where such a value is wanted."""
    lines = [
        "@pulumi.input_type",
        "@dataclass(kw_only=True)",
        f"class {model.__name__}Args:",
        docstring(model.__doc__ or "", 4),
        "",
    ]
    for field in fields_of(model):
        lines += [f"    {field.name}: {parameter(field)}", docstring(field.text, 4)]
    return lines


def parameter(field: Field) -> str:
    """The type and default of the field where it may be left out by name."""
    kind = input_type(field.input)
    return kind if field.required else f"{kind} | None = None"


def _typed_dict(model: type[Model]) -> list[str]:
    lines = [f"class {model.__name__}ArgsDict(TypedDict):", docstring(model.__doc__ or "", 4), ""]
    for field in fields_of(model):
        kind = input_type(field.input)
        lines += [
            f"    {field.name}: {kind if field.required else f'NotRequired[{kind} | None]'}",
            docstring(field.text, 4),
        ]
    return lines
