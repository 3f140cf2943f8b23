"""Types of the vocabulary as Python writes them."""

import json
import textwrap
from collections.abc import Iterable
from typing import Final

from virtwright.codegen.forms import Choice, Field, Form, ListOf, MapOf, Object, OneOf, Scalar
from virtwright.codegen.vocabulary import models_in, module_of
from virtwright.schemas.model import Model

WIDTH: Final = 120
WORDS: Final[set[Form]] = {Scalar(str), ListOf(Scalar(str))}
"""A text or a list of texts: ``virtwright.sdk.words`` has the type of it."""
PACKAGE: Final = "virtwright.sdk"
MADE: Final = "Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this."


def input_type(form: Form) -> str:
    """The type of a value that a program gives."""
    return f"pulumi.Input[{_bare_input(form)}]"


def output_type(form: Form) -> str:
    """The type of a value that a program is told. What may be a text as well as a list or a map is ``Any``, since
    Pulumi's SDK can't convert such a value."""
    match form:
        case Scalar(kind):
            return kind.__name__
        case Choice():
            return "str"
        case ListOf(item):
            return f"Sequence[{output_type(item)}]"
        case MapOf(value):
            return f"Mapping[str, {output_type(value)}]"
        case Object(model):
            return f"outputs.{model.__name__}"
        case OneOf():
            return "Any"


def _bare_input(form: Form) -> str:
    match form:
        case Scalar(kind):
            return kind.__name__
        case Choice(_, words):
            return f"Literal[{', '.join(map(json.dumps, words))}]"
        case ListOf(item):
            return f"Sequence[{input_type(item)}]"
        case MapOf(value):
            return f"Mapping[str, {input_type(value)}]"
        case Object(model):
            return f"{model.__name__}Args | {model.__name__}ArgsDict"
        case OneOf(members) if set(members) == WORDS:
            return "Words"
        case OneOf(members):
            assert not any(isinstance(each, ListOf | MapOf) for each in members), "Pulumi's SDK would fail on it"
            return " | ".join(map(_bare_input, members))


def wrapped(text: str, indent: int) -> list[str]:
    """The text in lines that fit between ``indent`` and the margin, with room for quotes."""
    plain = " ".join(text.split()).replace("\\", "\\\\")
    return textwrap.wrap(plain, WIDTH - indent - 6, break_long_words=False, break_on_hyphens=False)


def docstring(text: str, indent: int) -> str:
    """A docstring with that text."""
    lines = wrapped(text, indent)
    space = " " * indent
    return f'{space}"""' + f"\n{space}".join(lines) + '"""'


def header(about: str) -> list[str]:
    """The docstring of a module."""
    return [f'"""{about}\n\n{MADE}\n"""', ""]


def imports(fields: Iterable[Field], own_module: str) -> list[str]:
    """The imports of the nested args classes that the fields name, from other modules than ``own_module``."""
    wanted: dict[str, set[str]] = {}
    for field in fields:
        for model in models_in(field.input):
            if module_of(model) != own_module:
                wanted.setdefault(module_of(model), set()).update(args_names(model))
    return [
        f"from {PACKAGE}.inputs.{module} import {', '.join(sorted(names))}" for module, names in sorted(wanted.items())
    ]


def args_names(model: type[Model]) -> tuple[str, str]:
    return f"{model.__name__}Args", f"{model.__name__}ArgsDict"
