"""The fields of one entry as arguments of its class."""

from collections.abc import Iterator, Mapping
from typing import Any

from virtwright.codegen.forms import Choice, Form, ListOf, MapOf, Object, OneOf, Scalar, fields_of
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.references import RefersTo
from virtwright.schemas.values import reveal
from virtwright.stacks.yaml.declared import Declared
from virtwright.stacks.yaml.evaluate import Template
from virtwright.stacks.yaml.expressions import Expression
from virtwright.stacks.yaml.fields import MarkedField, marked_fields, replaced
from virtwright.stacks.yaml.to_python.code import Code, Piece, literal
from virtwright.stacks.yaml.to_python.links import NamedResource, with_links
from virtwright.stacks.yaml.to_python.references import Variables, expression, settled


@dataclass(frozen=True, slots=True)
class Argument:
    """One field of a resource."""

    name: str
    piece: Piece


def arguments(
    template: Mapping[str, Template], declared: Declared, variables: Variables, sibling: Declared | None = None
) -> Iterator[Argument]:
    """Each field that the entry gives, in its order, as short as it was written where that is possible. ``sibling`` is the
    second of a counted entry, where ``declared`` is the first. What can't be said is ``UNKNOWN``."""
    forms = {field.name: field.input for field in fields_of(declared.model)}
    for name, written in template.items():
        if name in forms and written is not None:
            source = _source(name, written, declared, forms[name], sibling)
            yield Argument(name, _piece(source, forms[name], variables))


def _source(name: str, written: Template, declared: Declared, form: Form, sibling: Declared | None) -> Template:
    """What is written, with paths and names of resources in it as ``Code`` and ``NamedResource``."""
    found = [link for link in declared.links if link.path[0] == name]
    if found:
        return with_links(name, written, declared, sibling)
    source = written
    for field in marked_fields(declared.model):
        if not isinstance(field.mark, RefersTo) and field.pattern[0] == name:
            source = _with_files(source, field)
    return source if source is not written or _fits(written, form) else reveal(declared.shape.plain[name])


def _with_files(source: Template, field: MarkedField) -> Template:
    shortened = MarkedField(field.pattern[1:], field.mark)
    for path, text in list(shortened.leaves(source)):
        source = replaced(source, path, Code(_path(text), frozenset({str})))
    return source


def _file(text: str) -> str:
    return f"Path({literal(text)}).expanduser()" if text.startswith("~") else f"(HERE / {literal(text)})"


def _path(text: str) -> str:
    return (
        f"str({_file(text).removeprefix('(').removesuffix(')')})" if not text.startswith("~") else f"str({_file(text)})"
    )


def _piece(value: Any, form: Form | None, variables: Variables) -> Piece:
    if isinstance(value, NamedResource):
        return Code(value.text(variables), frozenset({str}), is_output=True)
    if isinstance(value, Expression):
        return _fitting(expression(value, variables), form)
    if isinstance(value, Mapping):
        return {key: _piece(item, _inside(form, key), variables) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_piece(item, _inside(form, 0), variables) for item in value]
    return value


def _fitting(code: Code, form: Form | None) -> Code:
    """With what a type checker needs: an output that may be unset is known to be set, a text is one of the choices."""
    text = settled(code)
    allowed = _allowed(form) if form is not None else frozenset[type]()
    wanted = allowed | ({int} if float in allowed else set())
    if code.types and form is not None and not code.types <= wanted:
        text = f"cast(Any, {text})"
    return Code(text, code.types, code.is_output, broken=code.broken if text == code.text else ())


def _allowed(form: Form) -> frozenset[type]:
    match form:
        case Scalar(kind):
            return frozenset({kind})
        case OneOf(members):
            return frozenset().union(*map(_allowed, members))
    return frozenset()


def _inside(form: Form | None, part: str | int) -> Form | None:
    match form:
        case ListOf(item) if isinstance(part, int):
            return item
        case MapOf(value) if isinstance(part, str):
            return value
        case Object(model) if isinstance(part, str):
            return next((field.input for field in fields_of(model) if field.name == part), None)
        case OneOf(members):
            return next((found for each in members if (found := _inside(each, part)) is not None), None)
    return None


def _fits(value: Template, form: Form) -> bool:
    """Whether the value is of that form as it stands."""
    if isinstance(value, Expression):
        return True
    match form:
        case Scalar(kind):
            return isinstance(value, kind | int if kind is float else kind) and (
                kind is bool or not isinstance(value, bool)
            )
        case Choice(_, words):
            return value in words
        case ListOf(item):
            return isinstance(value, list) and all(_fits(each, item) for each in value)
        case MapOf(inner):
            return isinstance(value, dict) and all(_fits(each, inner) for each in value.values())
        case Object(model):
            forms = {field.name: field.input for field in fields_of(model)}
            return isinstance(value, dict) and all(
                key in forms and (each is None or _fits(each, forms[key])) for key, each in value.items()
            )
        case OneOf(members):
            return any(_fits(value, each) for each in members)
