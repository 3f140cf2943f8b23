"""What to do about an exception of a program, where its words tell what was meant."""

import re
from collections.abc import Callable
from typing import Final

from virtwright.codegen.components import COMPONENTS
from virtwright.codegen.vocabulary import OUTPUTS, TOP, nested_models, output_fields
from virtwright.schemas.model import Model
from virtwright.schemas.problems import meant_field, near
from virtwright.schemas.urn import type_token

_CONCAT: Final = (
    'an output is known only when its resource is there: use pulumi.Output.concat("http://", web.address), '
    "or web.address.apply(...)"
)
_JSON: Final = "outputs are known only when their resources are there: use pulumi.Output.json_dumps(...)"
_ASK: Final = (
    "nobody can be asked while a program runs: give it the value as configuration, and read it by pulumi.Config"
)
_RUN: Final = "the program runs in an event loop already: use pulumi.run(main)"
_THREAD: Final = "resources are made in the program's own thread; the engine makes those side by side that can be"
_VALUE: Final = "a value is text, a number, a boolean, a list, a map, an asset or a resource: say which of them stands for it, as str(...)"
_HOSTS: Final = "provider= takes one host; a component takes several, as providers=[...]"
_MIGRATIONS: Final = (
    "for what has another name, type or parent now, give the option aliases; where the state itself must be rewritten, `pulumi up` runs "
    "the program"
)


def advice(name: str, message: str) -> str | None:
    """For an exception by its type's name and its message. None where it says all that there is to say."""
    answers = (
        answer(found)
        for type_name, pattern, answer in _KNOWN
        if type_name == name and (found := pattern.search(message))
    )
    return next((told for told in answers if told), None)


def _argument(found: re.Match[str]) -> str | None:
    if type_token(kind := found["class"]) in COMPONENTS:
        return f"what a {kind} is like is one object: vw.{kind}(NAME, vw.{kind}Args({found['name']}=...))"
    model = _model(found["class"].removesuffix("Args"))
    meant = meant_field(model, found["name"]) if model else None
    if meant is None:
        return None
    outer, _, inner = meant.partition(".")
    return f'did you mean {outer}={{"{inner}": ...}}?' if inner else f"did you mean {outer}?"


def _attribute(found: re.Match[str]) -> str | None:
    model = _model(found["class"])
    meant = near(found["name"], [field.name for field in output_fields(model)]) if model in OUTPUTS else None
    return f"did you mean {meant}?" if meant else None


def _model(name: str) -> type[Model] | None:
    return next((model for model in (*TOP, *nested_models()) if model.__name__ == name), None)


def _always(text: str) -> Callable[[re.Match[str]], str | None]:
    return lambda _: text


_KNOWN: Final[tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str | None]], ...]] = (
    ("TypeError", re.compile(r"(?P<class>\w+)\.__init__\(\) got an unexpected keyword argument '(?P<name>\w+)'"), _argument),
    ("AttributeError", re.compile(r"'(?P<class>\w+)' object has no attribute '(?P<name>\w+)'"), _attribute),
    ("TypeError", re.compile(r"""can only concatenate \w+ \(not "Output"\)|unsupported operand .*'Output'"""), _always(_CONCAT)),
    ("TypeError", re.compile(r"Object of type Output is not JSON serializable"), _always(_JSON)),
    ("RuntimeError", re.compile(r"asyncio\.run\(\) cannot be called"), _always(_RUN)),
    ("Exception", re.compile(r"does not support state migrations"), _always(_MIGRATIONS)),
    ("RuntimeError", re.compile(r"There is no current event loop in thread"), _always(_THREAD)),
    ("ValueError", re.compile(r"unexpected input of type \w+"), _always(_VALUE)),
    ("AttributeError", re.compile(r"'list' object has no attribute 'package'"), _always(_HOSTS)),
    ("EOFError", re.compile(r"when reading a line"), _always(_ASK)),
)  # fmt: skip
"""By the exception's type and the form of its message: what to say."""
