"""Every field of the vocabulary is described, and is used in a valid example."""

import importlib
import pkgutil
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import Discriminator
from tests.vocabulary import CASES, EXAMPLES, INPUTS, OPTIONS

import virtwright.schemas
from virtwright.schemas.descriptions import field_descriptions
from virtwright.schemas.fields import find
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.options import Options
from virtwright.schemas.values import Path


def models() -> list[type[Model]]:
    for module in pkgutil.iter_modules(virtwright.schemas.__path__, "virtwright.schemas."):
        importlib.import_module(module.name)
    found: dict[type[Model], None] = {}  # one that has two bases is met twice
    waiting: list[type[Model]] = [Model]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        found |= {each: None for each in subclasses if each.__module__.startswith("virtwright.schemas.")}
        waiting += subclasses
    return list(found)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_model_and_field_is_described(model: type[Model]) -> None:
    assert model.__doc__ and model.__doc__ != Model.__doc__
    texts = field_descriptions(model)
    for name in model.model_fields:
        assert texts.get(name, "").endswith((".", ")")), name


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_a_field_that_may_be_left_out_says_its_default(model: type[Model]) -> None:
    if model.__name__.endswith(("Outputs", "Source", "StackFile", "Entry", "Result", "Fact")):
        return
    mute = {"Healthcheck": {"command", "tcp", "http"}, "File": {"content", "source"}, "Mount": {"volume", "bind"}}
    texts = field_descriptions(model)
    for name, field in model.model_fields.items():
        text = texts.get(name, "")
        if field.is_required() or name in mute.get(model.__name__, ()) or "Settings for" in text:
            continue
        if model.__name__ == "SshSettings" and field.default is None:
            continue  # the model says it once for all of them: the URI, then ~/.ssh/config
        assert "Default" in text, f"{model.__name__}.{name}"


def test_model_names_are_unique() -> None:
    """``problems_of`` finds a model by its name."""
    names = [model.__name__ for model in models()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_examples_are_valid_and_normal_forms_are_stable(kind: str, number: int) -> None:
    once = to_properties(INPUTS[kind].model_validate(EXAMPLES[kind][number]))
    assert to_properties(INPUTS[kind].model_validate(once)) == once


def test_every_field_is_used_in_an_example() -> None:
    used: set[tuple[str, str]] = set()
    for kind, examples in EXAMPLES.items():
        for example in examples:
            _collect(INPUTS[kind], to_properties(INPUTS[kind].model_validate(example)), used)
    _collect(Options, to_properties(Options.model_validate(OPTIONS)), used)
    reached = {name for name, _ in used}
    fields = {(m.__name__, name) for m in models() if m.__name__ in reached for name in m.model_fields}
    assert fields - used == set()
    assert len(reached) > 30


def _collect(model: type[Model], value: Any, used: set[tuple[str, str]], path: Path = (), root: Any = None) -> None:
    root = root or model
    form = find(root, path).form
    if isinstance(value, dict):
        named = isinstance(form, type) and issubclass(form, Model)
        for key, item in value.items():
            if named and item is not None:
                used.add((form.__name__, key))
            _collect(model, item, used, (*path, key), root)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _collect(model, item, used, (*path, index), root)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_no_field_is_a_union_without_a_discriminator(model: type[Model]) -> None:
    """pydantic reports every branch of such a union, which no user can make sense of."""

    def look(form: Any, told_apart: bool) -> None:
        if isinstance(form, types.UnionType) or get_origin(form) is Union:
            branches = [each for each in get_args(form) if each is not types.NoneType]
            assert told_apart or len(branches) == 1, form
            told_apart = False
        elif get_origin(form) is Annotated:
            told_apart = any(isinstance(each, Discriminator) for each in form.__metadata__)
        elif get_origin(form) is Literal:
            return
        for each in get_args(form)[:1] if get_origin(form) is Annotated else get_args(form):
            look(each, told_apart)

    for field in model.model_fields.values():
        look(
            field.annotation,
            any(isinstance(each, Discriminator) for each in field.metadata) or bool(field.discriminator),
        )
