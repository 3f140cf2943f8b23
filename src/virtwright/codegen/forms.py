"""The form of each field of the vocabulary, in the few terms that a Pulumi package knows."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from virtwright.schemas.descriptions import field_descriptions
from virtwright.schemas.model import Model
from virtwright.schemas.sensitive import Sensitive


@dataclass(frozen=True, slots=True)
class Scalar:
    """``str``, ``int``, ``float`` or ``bool``."""

    type: type


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words."""

    name: str
    """As it is called where such a type needs a name: ``NetworkMode``."""
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    item: "Form"


@dataclass(frozen=True, slots=True)
class MapOf:
    value: "Form"


@dataclass(frozen=True, slots=True)
class Object:
    model: type[Model]


@dataclass(frozen=True, slots=True)
class OneOf:
    members: tuple["Form", ...]


Form: TypeAlias = Scalar | Choice | ListOf | MapOf | Object | OneOf


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model."""

    name: str
    text: str
    """What is said about it: its meaning, unit and default."""
    input: Form
    """As it may be written: with the short forms."""
    output: Form
    """As it is kept: the one form."""
    required: bool
    """It must be given."""
    nullable: bool
    """It may have no value even after defaults were filled in."""
    default: Any
    """A plain value; None where there is none."""
    sensitive: bool


def fields_of(model: type[Model]) -> list[Field]:
    """The fields of a model, in its order."""
    texts = field_descriptions(model)
    return [_field(model, name, info, texts[name]) for name, info in model.model_fields.items()]


def _field(model: type[Model], name: str, info: FieldInfo, text: str) -> Field:
    reading = _Reading(_owner(model, name).__name__ + "".join(word.capitalize() for word in name.split("_")))
    default = None if info.is_required() else info.default
    return Field(
        name=name,
        text=text,
        input=_required(reading.form(info, written=True)),
        output=_required(reading.form(info, written=False)),
        required=info.is_required(),
        nullable=_is_nullable(info.annotation),
        default=default if isinstance(default, str | int | float) else None,
        sensitive=any(isinstance(each, Sensitive) for each in _metadata(info)),
    )


def _owner(model: type[Model], name: str) -> type:
    """The class that says the field: a choice that two kinds inherit is one choice."""
    return next(each for each in model.__mro__ if name in inspect.get_annotations(each))


def _required(form: Form | None) -> Form:
    assert form is not None
    return form


def _is_nullable(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_nullable(get_args(annotation)[0])
    return annotation is NoneType or (_is_union(annotation) and any(map(_is_nullable, get_args(annotation))))


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _metadata(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, FieldInfo):
        yield from annotation.metadata
        yield from _metadata(annotation.annotation)
    elif get_origin(annotation) is Annotated:
        yield from get_args(annotation)[1:]
    elif _is_union(annotation):
        for member in get_args(annotation):
            yield from _metadata(member)


@dataclass(frozen=True, slots=True)
class _Reading:
    choice: str
    """The name of a choice that is met on the way."""

    def form(self, annotation: Any, *, written: bool) -> Form | None:
        """None for the type of ``None``."""
        if isinstance(annotation, FieldInfo):
            return self._annotated(annotation.annotation, annotation.metadata, written=written)
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._annotated(arguments[0], list(arguments[1:]), written=written)
        if origin in (Union, UnionType):
            return self._union(arguments, written=written)
        if origin is Literal:
            return Choice(self.choice, tuple(map(str, arguments)))
        if origin is list:
            return ListOf(_required(self.form(arguments[0], written=written)))
        if origin is dict:
            return MapOf(_required(self.form(arguments[1], written=written)))
        if annotation is NoneType:
            return None
        if isinstance(annotation, type) and issubclass(annotation, Model):
            return Object(annotation)
        assert annotation in (str, int, float, bool), f"a package has no word for {annotation}"
        return Scalar(annotation)

    def _annotated(self, annotation: Any, metadata: list[Any], *, written: bool) -> Form | None:
        if written:
            for each in metadata:
                if isinstance(each, BeforeValidator) and each.json_schema_input_type is not PydanticUndefined:
                    return self.form(each.json_schema_input_type, written=True)
        return self.form(annotation, written=written)

    def _union(self, arguments: tuple[Any, ...], *, written: bool) -> Form | None:
        members: dict[Form, None] = {}
        for argument in arguments:
            form = self.form(argument, written=written)
            inner = form.members if isinstance(form, OneOf) else (form,)
            members |= {each: None for each in inner if each is not None}
        if len(members) == 1:
            return next(iter(members))
        return OneOf(tuple(members)) if members else None
