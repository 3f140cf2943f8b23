"""What a provider says of inputs before anything is touched, where values are not known yet."""

import copy
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests import vocabulary
from tests.contract.conftest import OpenStage
from tests.contract.registry import cases

from virtwright.errors import VirtwrightError
from virtwright.providers.base import Handler
from virtwright.providers.hooks import ChecksHost, offers
from virtwright.schemas.model import Model
from virtwright.schemas.values import UNKNOWN, Path


def riddled(dice: Random, kind: str) -> Model:
    """Valid inputs of which any part may be unknown or left out. Hypothesis would take ten times as long to draw each of its choices as to check what comes of them."""
    example = dice.choice(vocabulary.EXAMPLES[kind])
    model = vocabulary.INPUTS[kind]
    kept = {name: value for name, value in example.items() if dice.random() < 0.5} if dice.random() < 0.5 else example
    inputs = copy.deepcopy(kept)
    for path in dice.choices(vocabulary.places(inputs) or [()], k=dice.randrange(4)):
        _forget(inputs, path)
    try:
        return model.model_validate(inputs)
    except ValueError:
        return model.model_validate(example)


def _forget(inputs: dict[str, Any], path: Path) -> None:
    try:
        vocabulary.put(inputs, path, UNKNOWN)
    except (TypeError, KeyError, IndexError):
        return  # inside of what is unknown already


@pytest.mark.parametrize(("name", "kind"), cases(lambda each: each.samples, str))
def test_nothing_but_errors_for_users_comes_out(name: str, kind: str, open_stage: OpenStage) -> None:
    with open_stage(name).handler(kind) as handler:

        @settings(max_examples=150, suppress_health_check=list(HealthCheck))
        @given(st.randoms(use_true_random=True))
        def ask(dice: Random) -> None:
            prior, goal = riddled(dice, kind), riddled(dice, kind)
            note(f"from {prior!r} to {goal!r}")
            checked = _checked(handler, goal)
            handler.diff(prior, checked)

        ask()
        for example in vocabulary.EXAMPLES[kind]:
            for path in vocabulary.places(example):
                inputs = copy.deepcopy(example)
                vocabulary.put(inputs, path, UNKNOWN)
                _checked(handler, vocabulary.INPUTS[kind].model_validate(inputs))


def _checked(handler: Handler[Any, Any], inputs: Model) -> Model:
    try:
        checked = handler.check(inputs)
    except VirtwrightError:
        return inputs
    assert isinstance(checked, Model)
    if offers(handler, ChecksHost):
        with suppress(VirtwrightError):
            handler.check_host(checked)
    return checked
