"""The texts under the fields of a model. Read from the source when asked for: doing that at import, as pydantic's
``use_attribute_docstrings`` does, would cost every command a third of a second."""

import ast
import inspect
import sys
from functools import cache

from pydantic import BaseModel


def field_descriptions(model: type[BaseModel]) -> dict[str, str]:
    """By field name: the string that stands under the field in its class, inherited fields included."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, BaseModel) and owner is not BaseModel:
            found |= _texts(owner.__module__).get(owner.__qualname__, {})
    return {name: text for name, text in found.items() if name in model.model_fields}


@cache
def _texts(module: str) -> dict[str, dict[str, str]]:
    """By class and field, for one module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: _of_class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> dict[str, str]:
    texts = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            texts[field.target.id] = inspect.cleandoc(below.value.value)
    return texts
