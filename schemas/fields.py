"""Finds what the vocabulary says about the place that a path leads to."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import Tag
from pydantic.fields import FieldInfo

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.faults import Expected
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Unit
from virtwright.schemas.values import Path

Form = Any
"""A type as it stands in an annotation."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One place in the properties of a resource."""

    path: Path
    """The way there, without the marks that pydantic puts between."""
    form: Form = Any
    """Its plain type: a model, ``int``, ``list[...]``, ..."""
    metadata: tuple[object, ...] = ()
    fields: tuple[str, ...] = ()
    """Where the place is an unknown field: the fields that are known."""
    owner: type[Model] | None = None
    """Where the place is an unknown field: the model that does not have it."""

    @property
    def words(self) -> str | None:
        return next((each.words for each in self.metadata if isinstance(each, Expected)), None)

    @property
    def unit(self) -> str | None:
        return next((each.name for each in self.metadata if isinstance(each, Unit)), None)

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(map(str, get_args(self.form))) if _origin(self.form) is Literal else ()

    @property
    def is_text(self) -> bool:
        return self.form is str or bool(self.choices)

    @property
    def limits(self) -> Mapping[type, Any]:
        """The bounds that are set, by their class in ``annotated_types``."""
        kinds = (Ge, Gt, Le, Lt, MinLen, MaxLen)
        bounds = (each for each in self.metadata if isinstance(each, kinds))
        return {type(each): next(iter(vars_of(each).values())) for each in bounds}


def vars_of(bound: object) -> dict[str, Any]:
    return {name: getattr(bound, name) for name in bound.__dataclass_fields__}  # type: ignore[attr-defined]


def find(model: type[Model], location: Path) -> Spot:
    """Follow ``location``, as pydantic gives it, through ``model``. Marks of unions and map keys are left out."""
    path: Path = ()
    form: Form = model
    metadata: tuple[object, ...] = ()
    keys: Form = str
    for part in location:
        if isinstance(form, type) and issubclass(form, Model):
            field = _field(form, part)
            if field is None:
                return Spot((*path, part), fields=_names(form), owner=form)
            path, (form, metadata) = (*path, part), _plain(field)
        elif _origin(form) in (list, dict):
            keys = get_args(form)[0]
            path, (form, metadata) = (*path, part), _plain(get_args(form)[-1])
        elif part == "[key]":
            form, metadata = _plain(keys)
        elif _is_union(form):
            form, metadata = _branch(form, str(part))
        else:
            path = (*path, part)
    return Spot(path, form, metadata)


def _field(model: type[Model], name: str | int) -> FieldInfo | None:
    for own, field in model.model_fields.items():
        if name in (own, field.alias):
            return field
    return None


def _names(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _origin(form: Form) -> Any:
    return get_origin(form)


def _is_union(form: Form) -> bool:
    return _origin(form) in (Union, UnionType)


def _plain(form: Form) -> tuple[Form, tuple[object, ...]]:
    """The type without ``Annotated`` and ``| None``, and all metadata met on the way."""
    metadata: list[object] = []
    while True:
        if isinstance(form, FieldInfo):
            metadata += form.metadata
            form = form.annotation
        elif _origin(form) is Annotated:
            form, *extra = get_args(form)
            for each in extra:
                metadata += each.metadata if isinstance(each, FieldInfo) else [each]
        elif _is_union(form) and len(rest := [each for each in get_args(form) if each is not NoneType]) == 1:
            form = rest[0]
        else:
            return form, tuple(metadata)


def _branch(union: Form, mark: str) -> tuple[Form, tuple[object, ...]]:
    for each in get_args(union):
        form, metadata = _plain(each)
        if any(isinstance(item, Tag) and item.tag == mark for item in metadata):
            return form, metadata
    return Any, ()
