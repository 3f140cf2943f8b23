"""The classes of the kinds and of hosts."""

from virtwright.codegen.forms import Field, fields_of
from virtwright.codegen.python_inputs import parameter
from virtwright.codegen.python_types import PACKAGE, docstring, header, imports, output_type, wrapped
from virtwright.codegen.vocabulary import output_fields
from virtwright.schemas.host import Host
from virtwright.schemas.model import Model
from virtwright.schemas.urn import PACKAGE as PULUMI_PACKAGE
from virtwright.schemas.urn import type_token

_OPTIONS = "opts: pulumi.ResourceOptions | None = None"
_OPTIONS_TEXT = ["        :param opts: Options common to all resources: ``depends_on``, ``protect``, ``provider``, ..."]


def resource_module(model: type[Model]) -> str:
    """The module of one kind: its resource class."""
    name = model.__name__
    lines = [
        *header(f"The resource {name}."),
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping, Sequence",
        "from typing import Any, Literal, cast",
        "",
        "import pulumi",
        "",
        f"from {PACKAGE} import outputs",
        *imports(fields_of(model), ""),
        f"from {PACKAGE}.words import Words",
        "",
        f"class {name}(pulumi.{'ProviderResource' if model is Host else 'CustomResource'}):",
        docstring(model.__doc__ or "", 4),
        "",
    ]
    for field in output_fields(model):
        lines += [f"    {field.name}: {_told(field)}", docstring(field.text, 4)]
    return "\n".join([*lines, "", *_constructor(model), *([] if model is Host else _getter(model))]) + "\n"


def _told(field: Field) -> str:
    kind = output_type(field.output)
    return f"pulumi.Output[{f'{kind} | None' if field.nullable else kind}]"


def _constructor(model: type[Model]) -> list[str]:
    given = sorted(fields_of(model), key=lambda field: not field.required)
    written = {field.name for field in given}
    told = [field.name for field in output_fields(model) if field.name not in written]
    token = PULUMI_PACKAGE if model is Host else type_token(model.__name__)
    return [
        f"    def __init__(self, resource_name: str, {_OPTIONS}, *,",
        *(f"        {field.name}: {parameter(field)}," for field in given),
        "    ) -> None:",
        *_documented(given),
        "        properties: dict[str, Any] = {",
        *(f'            "{name}": {name},' for name in (field.name for field in given)),
        *(f'            "{name}": None,' for name in told if model is not Host),
        "        }",
        f'        super().__init__("{token}", resource_name, properties, opts)',
        *(["        self.name = pulumi.Output.from_input(resource_name)"] if model is Host else []),
        "",
    ]


def _documented(fields: list[Field]) -> list[str]:
    lines = ['        """', "        :param resource_name: Its name in the stack.", *_OPTIONS_TEXT]
    for field in fields:
        first, *rest = wrapped(f":param {field.name}: {field.text}", 12)
        lines += [f"        {first}", *(f"            {line}" for line in rest)]
    return [*lines, '        """']


def _getter(model: type[Model]) -> list[str]:
    name = model.__name__
    text = "One that is there already, by the id that its host knows it by. It is read, and never changed or deleted."
    needed = "".join(f", {field.name}=cast(Any, None)" for field in fields_of(model) if field.required)
    return [
        "    @staticmethod",
        f"    def get(resource_name: str, id: pulumi.Input[str], {_OPTIONS}) -> {name}:",
        docstring(text, 8),
        f"        return {name}(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)){needed})",
    ]
