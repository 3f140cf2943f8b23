"""Sizes and durations: what people write, and that all of it is read."""

import pytest

from virtwright.schemas.quantities import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("1B", 1),
        ("512m", 512 * 2**20),
        ("512M", 512 * 2**20),
        ("2GiB", 2 * 2**30),
        ("2gib", 2 * 2**30),
        ("2GB", 2 * 10**9),
        ("1.5G", 3 * 2**29),
        ("0.1KiB", 102),
        (" 1 TiB ", 2**40),
        ("9007199254740993", 2**53 + 1),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GiB", "-1", "1e3", "2GiB; rm", "512MiB x", "٣GiB", "1.2.3", "1 000", "2Gibit", "0x10", "inf", "8EiB"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("1m30s", 90),
        ("1m 30s", 90),
        ("500ms", 0.5),
        ("2h", 7200),
        ("1d", 86400),
        ("45", 45),
        ("1.5h", 5400),
        ("0s", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "s", "1s1s", "1s1m", "-1s", "1.s", "1e3s", "1m30", "3 weeks", "٣s", "inf", "1s; x"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (1, "1B"),
        (1000, "1kB"),
        (1024, "1KiB"),
        (3 * 2**29, "1536MiB"),
        (10**9, "1GB"),
        (2**63, "8EiB"),
        (1001, "1001B"),
    ],
)
def test_shown_sizes(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.5, "500ms"),
        (90.0, "1m30s"),
        (90.1, "1m30.1s"),
        (3600, "1h"),
        (172800, "48h"),
        (7200.25, "2h0.25s"),
        (60, "1m"),
    ],
)
def test_shown_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
