"""Which models a package speaks of, and where each is written down."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from virtwright.codegen.forms import Field, Form, ListOf, MapOf, Object, OneOf, fields_of
from virtwright.schemas.host import Host, HostOutputs
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model

TOP: Final[tuple[type[Model], ...]] = (*(kind.inputs for kind in KINDS.values()), Host)
OUTPUTS: Final[dict[type[Model], type[Model]]] = {kind.inputs: kind.outputs for kind in KINDS.values()} | {
    Host: HostOutputs
}


@cache
def nested_models() -> tuple[type[Model], ...]:
    """The models that are met inside others, each once, by name."""
    found: dict[type[Model], None] = {}
    waiting = list(TOP)
    while waiting:
        for field in fields_of(waiting.pop()):
            for model in _models(field.input):
                if model not in found:
                    found[model] = None
                    waiting.append(model)
    return tuple(sorted(found, key=lambda model: model.__name__))


def module_of(model: type[Model]) -> str:
    """The file of ``schemas/`` that a model stands in: ``attachments``."""
    return model.__module__.rsplit(".", 1)[-1]


def models_in(form: Form) -> Iterator[type[Model]]:
    """The models that a form names, itself included."""
    return _models(form)


def _models(form: Form) -> Iterator[type[Model]]:
    match form:
        case Object(model):
            yield model
        case ListOf(inner) | MapOf(inner):
            yield from _models(inner)
        case OneOf(members):
            for member in members:
                yield from _models(member)


def output_fields(model: type[Model]) -> list[Field]:
    """What a resource of this kind tells: its inputs as they are kept, and what its host reports in addition or in
    their place. Without the id, which every resource has."""
    told = {field.name: field for field in fields_of(OUTPUTS[model]) if field.name != "id"}
    own = [told.pop(field.name, field) for field in fields_of(model)]
    return [*own, *told.values()]
