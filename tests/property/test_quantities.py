"""Quantities come back as they were: ``parse(format(x)) == x``, and ``format(parse(text))`` means what ``text`` means."""

from hypothesis import given, settings
from hypothesis import strategies as st

from virtwright.schemas.quantities import (
    LARGEST_SIZE,
    LONGEST_DURATION,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)

UNITS = ["", "B", "k", "KB", "KiB", "m", "MB", "MiB", "g", "GB", "GiB", "T", "TB", "TiB"]
SIZES = st.one_of(st.integers(0, LARGEST_SIZE), st.integers(0, 5000).map(lambda n: n * 1024**3))
SIZE_TEXTS = st.tuples(st.decimals(0, 9999, places=3), st.sampled_from(UNITS)).map(lambda pair: f"{pair[0]:f}{pair[1]}")


def part(unit: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.integers(0, 500).map(lambda number: f"{number}{unit}"))


DURATION_TEXTS = st.tuples(*map(part, ("d", "h", "m", "s", "ms"))).map("".join).filter(bool)


@settings(max_examples=500)
@given(SIZES)
def test_every_size_comes_back(size: int) -> None:
    assert parse_size(format_size(size)) == size


@settings(max_examples=300)
@given(SIZE_TEXTS)
def test_a_size_s_text_keeps_its_meaning(text: str) -> None:
    assert parse_size(format_size(parse_size(text))) == parse_size(text)


@settings(max_examples=500)
@given(st.one_of(st.floats(0, LONGEST_DURATION), st.integers(0, 10**8).map(lambda n: n / 1000)))
def test_every_duration_comes_back(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == round(seconds, 9)


@settings(max_examples=300)
@given(DURATION_TEXTS)
def test_a_duration_s_text_keeps_its_meaning(text: str) -> None:
    assert parse_duration(format_duration(parse_duration(text))) == parse_duration(text)


@settings(max_examples=500)
@given(st.text(max_size=20))
def test_other_text_is_refused_in_words(text: str) -> None:
    for parse in (parse_size, parse_duration):
        try:
            assert parse(text) >= 0
        except ValueError as error:
            assert "write" in str(error)
