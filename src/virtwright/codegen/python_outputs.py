"""The classes of nested values that a program is told."""

from collections.abc import Sequence

from virtwright.codegen.forms import fields_of
from virtwright.codegen.python_types import PACKAGE, docstring, header, output_type
from virtwright.codegen.vocabulary import module_of
from virtwright.schemas.model import Model


def outputs_module(name: str, models: Sequence[type[Model]]) -> str:
    """The module with the outputs of the models that stand in one file of ``schemas/``."""
    lines = [
        *header(f"Outputs from ``schemas/{name}.py``."),
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping, Sequence",
        "from typing import Any",
        "",
        "import pulumi",
        "",
        f"from {PACKAGE} import outputs",
        "",
    ]
    for model in models:
        lines += [*_output_class(model), "", ""]
    return "\n".join(lines) + "\n"


def _output_class(model: type[Model]) -> list[str]:
    lines = [
        "@pulumi.output_type",
        f"class {model.__name__}(dict[str, Any]):",
        docstring(model.__doc__ or "", 4),
        "",
    ]
    for field in fields_of(model):
        kind = output_type(field.output)
        lines += [f"    {field.name}: {f'{kind} | None' if field.nullable else kind}", docstring(field.text, 4)]
    return lines


def outputs_index(models: Sequence[type[Model]]) -> str:
    """The module that all of them are found in."""
    modules = sorted({module_of(model) for model in models})
    lines = [*header("What programs are told of nested values, as ``vw.outputs.Disk``."), ""]
    for module in modules:
        names = sorted(model.__name__ for model in models if module_of(model) == module)
        lines.append(f"from {PACKAGE}.outputs.{module} import {', '.join(names)}")
    return "\n".join([*lines, "", _all([model.__name__ for model in models])]) + "\n"


def _all(names: Sequence[str]) -> str:
    return "__all__ = [\n" + "".join(f'    "{name}",\n' for name in sorted(names)) + "]"
