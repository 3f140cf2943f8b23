"""Random inputs from one die.

Hypothesis notes each choice of a strategy, to make an input that fails smaller, which takes more processor time than most of the tests here.
An input from a die is one choice, its seed: a test says with ``hypothesis.note`` what came of it.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
DICE: Final = st.randoms(use_true_random=True)
CHARACTERS: Final[Sequence[Callable[[Random], str]]] = (
    lambda dice: chr(dice.randrange(0x80)),
    lambda dice: chr(dice.randrange(0x80, 0x2100)),
    lambda dice: chr(dice.choice((dice.randrange(0x2100, 0xD800), dice.randrange(0xE000, 0x110000)))),
)


def text(dice: Random, longest: int) -> str:
    """Of any characters but surrogates, each third of its own range."""
    return "".join(dice.choice(CHARACTERS)(dice) for _ in range(dice.randrange(longest + 1)))


def word(dice: Random, pieces: Sequence[str], most: int = 4, other: int = 3) -> str:
    """One to ``most`` of the pieces, or of any text of up to ``other`` characters, one after the other."""
    return "".join(
        text(dice, other) if dice.random() < 0.3 else dice.choice(pieces) for _ in range(dice.randint(1, most))
    )


def some(dice: Random, values: Sequence[T], most: int) -> list[T]:
    """Up to ``most`` different ones."""
    return dice.sample(values, dice.randint(0, min(most, len(values))))


def several(dice: Random, most: int, make: Callable[[Random], T], least: int = 0) -> list[T]:
    return [make(dice) for _ in range(dice.randint(least, most))]


_PLAIN: Final[Sequence[Callable[[Random], Any]]] = (
    lambda dice: None,
    lambda dice: dice.random() < 0.5,
    lambda dice: dice.choice((0, -1, 2**63, -(2**70), 2**70)),
    lambda dice: dice.randrange(-(2**70), 2**70) >> dice.randrange(70),
    lambda dice: dice.choice((0.0, -0.0, 0.1, 1e300, -1e-300, 5e-324, float("inf"), float("-inf"))),
    lambda dice: dice.uniform(-1e6, 1e6),
    lambda dice: text(dice, 8),
)


def value(dice: Random, key: Callable[[Random], str], depth: int = 3) -> Any:
    """Anything that properties may hold, at most ``depth`` levels of lists and maps."""
    kind = dice.randrange(4) if depth else 3
    if kind == 0:
        return several(dice, 3, lambda dice: value(dice, key, depth - 1))
    if kind == 1:
        return {key(dice): value(dice, key, depth - 1) for _ in range(dice.randint(0, 3))}
    return dice.choice(_PLAIN)(dice)
