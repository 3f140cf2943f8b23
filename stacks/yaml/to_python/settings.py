"""The configuration of a YAML stack in a Python one: declared in ``Pulumi.yaml`` where that can say it, else in the program."""

from typing import Any, Final

from virtwright.schemas.declarations import ConfigDeclaration
from virtwright.stacks.config import Declarations
from virtwright.stacks.yaml.to_python.code import literal, render
from virtwright.stacks.yaml.write import write_document

_DECLARED: Final = ("string", "integer", "boolean")
"""What ``Pulumi.yaml`` has a type for (sdk/go/common/workspace/project.json); lists need the type of their items."""
_WORDS: Final = {
    "string": "",
    "integer": "_int",
    "number": "_float",
    "boolean": "_bool",
    "list": "_object",
    "map": "_object",
}


def in_program(declaration: ConfigDeclaration) -> bool:
    """Whether the default stands in the program."""
    return declaration.type not in _DECLARED and declaration.default is not None


def setting(key: str, declaration: ConfigDeclaration) -> str:
    """The expression that reads one key."""
    what = f"{'_secret' if declaration.secret else ''}{_WORDS[declaration.type]}"
    if not in_program(declaration):
        return f"config.require{what}({literal(key)})"
    if declaration.type == "number":
        return f"config.get{what}({literal(key)}, {literal(float(declaration.default))})"
    return f"config.get{what}({literal(key)}, {render(declaration.default, 0)})"


def project_text(name: str, declarations: Declarations) -> str:
    """``Pulumi.yaml``."""
    told = {key: each.declaration for key, each in declarations.items() if each.declaration is not None}
    config = {key: _said(each) for key, each in told.items() if each.type in _DECLARED}
    return write_document({"name": name, "runtime": "python", **({"config": config} if config else {})})


def _said(declaration: ConfigDeclaration) -> dict[str, Any]:
    said: dict[str, Any] = {"type": declaration.type}
    if declaration.default is not None:
        said["default"] = declaration.default
    if declaration.secret:
        said["secret"] = True
    return said | ({"description": declaration.description} if declaration.description else {})
