"""Functions that are changed in a module that is there."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from tests.mutation.loading import install
from tests.mutation.swapping import Functions, swap

SOURCE: Final = b"""
from functools import cache, partial

LIMIT = 3

def plain(a):
    return a < LIMIT

def factory(b):
    def inner(a):
        return a + b
    return inner

made = factory(1)

class Thing:
    size = 1

    @property
    def twice(self):
        return self.size * 2

    @cache
    def kept(self, a):
        return a * 3

class Child(Thing):
    def both(self):
        return super().twice, 1
"""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    name = "swapped_by_a_test"
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    install(name, Path(__file__).with_name("swapped.py"), SOURCE)
    module = __import__(name)
    del sys.modules[name]
    return module


@pytest.mark.parametrize(
    ("old", "new", "question", "answer"),
    [
        (b"a < LIMIT", b"a <= LIMIT", "plain(3)", True),
        (b"a < LIMIT", b"not plain.__name__", "plain(3)", False),
        (b"size * 2", b"size * 5", "Thing().twice", 5),
        (b"a * 3", b"a * 4", "Thing().kept(1)", 4),
        (b"super().twice, 1", b"super().twice, 2", "Child().both()", (2, 2)),
    ],
)
def test_who_has_a_function_has_the_changed_one(
    module: ModuleType, old: bytes, new: bytes, question: str, answer: object
) -> None:
    functions = Functions(module, SOURCE)
    bound = dict(vars(module))
    swaps = functions.swaps(SOURCE.replace(old, new))
    assert swaps is not None
    swap(swaps)
    assert eval(question, bound) == answer


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"LIMIT = 3", b"LIMIT = 4"),
        (b"LIMIT = 3", b"LIMIT = True"),
        (b"size = 1", b"size = 2"),
        (b"factory(1)", b"factory(2)"),
        (b"a + b", b"a - b"),
        (b"super().twice, 1", b"None, 1"),
    ],
    ids=["a constant", "a constant of another type", "a class", "a call", "a function that has made others", "a cell"],
)
def test_what_an_import_has_made_is_not_swapped(module: ModuleType, old: bytes, new: bytes) -> None:
    assert Functions(module, SOURCE).swaps(SOURCE.replace(old, new)) is None


def test_a_module_as_it_is_needs_no_swap(module: ModuleType) -> None:
    assert Functions(module, SOURCE).swaps(SOURCE) == []
