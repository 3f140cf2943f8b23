"""What is shown of values that may be secret, and what is taken out of texts."""

import base64
import json
from typing import Any, Final

import pytest

from virtwright.engine.masking import HASH, MASK, SIZE, Redactor, leaks_of, mask_changes, secret_texts
from virtwright.errors import Problem, Where
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.values import UNKNOWN, Path, Secret, Value


def mac(data: bytes) -> str:
    """No hash, so that a test sees what would be hashed."""
    return f"mac of {data.decode()}"


def hashed(value: Value) -> Secret:
    return Secret(mac(json.dumps(value, sort_keys=True).encode()))


def masked(path: Path, prior: Value, goal: Value, *secrets: Path, leaks: str = "", source: str = "") -> Change:
    change = Change(path, prior, goal, Impact.LIVE)
    sources = {path: source} if source else {}
    [shown] = mask_changes([change], frozenset(secrets), mac, lambda text: bool(leaks) and leaks in text, sources)
    assert (shown.path, shown.impact) == (path, Impact.LIVE)
    return shown


@pytest.mark.parametrize(
    ("path", "prior", "goal", "secrets", "shown"),
    [
        pytest.param(("a",), 1, 2, [], (1, 2), id="nothing is secret"),
        pytest.param(("a",), 1, 2, [("b",)], (1, 2), id="another field is"),
        pytest.param(("a",), 1, 2, [("b",), ("a",)], (hashed(1), hashed(2)), id="the field is"),
        pytest.param(("a", "b"), 1, 2, [("a",)], (hashed(1), hashed(2)), id="what is above it is"),
        pytest.param(("a",), {"b": 1, "c": 2}, None, [("a", "b")], ({"b": hashed(1), "c": 2}, None), id="a part is"),
        pytest.param(("a",), [1, [2, 3]], [4], [("a", 1, 0)], ([1, [hashed(2), 3]], [4]), id="an item of a list is"),
        pytest.param(("a", 0), 1, 2, [("a", 1)], (1, 2), id="another item is"),
        pytest.param(("a",), 1, {"b": 2}, [("a", "b")], (1, {"b": hashed(2)}), id="only one side has it"),
        pytest.param(
            ("a",), None, UNKNOWN, [("a",)], (None, UNKNOWN), id="nothing, and what is not known, is no secret"
        ),
        pytest.param(("a",), Secret(1), {"b": Secret("x")}, [("a",)], (hashed(1), hashed({"b": "x"})), id="wrapped"),
    ],
)
def test_what_is_secret_of_a_change_is_shown_as_a_hash(
    path: Path, prior: Value, goal: Value, secrets: list[Path], shown: tuple[Value, Value]
) -> None:
    seen = masked(path, prior, goal, *secrets)
    assert (seen.prior, seen.goal, seen.source) == (*shown, None)


def test_equal_secrets_stay_equal_in_any_order_of_their_keys() -> None:
    seen = masked(("a",), {"b": 1, "c": 2}, {"c": 2, "b": 1}, ("a",))
    assert seen.prior == seen.goal


def test_a_secret_that_came_to_another_place_hides_both_sides() -> None:
    for prior, goal in (("a hunter2 b", {"x": [1]}), ({"x": ["hunter2"]}, None), (5, "hunter2")):
        seen = masked(("label",), prior, goal, leaks="hunter2")
        assert (seen.prior, seen.goal) == (hashed(prior), None if goal is None else hashed(goal))
    seen = masked(("a",), {"b": "hunter2", "c": 1}, 1, ("a", "b"), leaks="hunter2")
    assert seen.prior == {"b": hashed("hunter2"), "c": 1}, "what is masked leaks no more"


def test_of_the_content_of_a_file_its_size_and_its_hash_are_shown() -> None:
    for prior, goal in (("grün", "b\ud800"), (Secret("grün"), Secret("b\ud800"))):
        seen = masked(("files", 0), prior, goal, source="app.conf", leaks="gr")
        assert seen.source == "app.conf"
        assert seen.prior == Secret({SIZE: 5, HASH: mac(json.dumps(["files", 0, "grün"]).encode())})
        assert seen.goal == Secret({SIZE: 4, HASH: mac(json.dumps(["files", 0, "b\ud800"]).encode())})
    seen = masked(("files", 0), None, {"a": 1}, source="app.conf")
    assert (seen.prior, seen.goal, seen.source) == (None, hashed({"a": 1}), "app.conf")
    other = Change(("label",), "x", "y", Impact.LIVE)
    assert mask_changes([other], frozenset(), mac, lambda _: False, {("files", 0): "app.conf"}) == (other,)


def test_the_texts_of_secrets() -> None:
    value = {
        "open": "open text",
        "a": Secret("password"),
        "b": [Secret({"deep": ["deeper", 12345, 0.125, None, Secret("deepest")]})],
        "short": Secret("abc"),
        "four": Secret("abcd"),
        "numbers": Secret([999, 1000]),
    }
    assert [*secret_texts(value)] == ["password", "deeper", "12345", "0.125", "deepest", "abcd", "1000"]
    assert [*secret_texts({"open": "open text"})] == []


def test_a_text_leaks_that_holds_a_secret_of_any_value() -> None:
    leaks = leaks_of({"a": Secret("hunter2")}, {"b": Secret("swordfish")})
    assert [text for text in ("my hunter2!", "swordfish", "hunter", "sword") if leaks(text)] == [
        "my hunter2!",
        "swordfish",
    ]
    assert not leaks_of()("anything")


@pytest.mark.parametrize(
    ("secrets", "text", "scrubbed"),
    [
        pytest.param([], "a text", "a text", id="none"),
        pytest.param(["hunter2"], "a text", "a text", id="none in it"),
        pytest.param(["hunter2"], "hunter2", "[]", id="it alone"),
        pytest.param(["hunter2"], "a hunter2 b hunter2", "a [] b []", id="twice"),
        pytest.param(["hunter2"], "hunter2hunter2", "[][]", id="twice without a gap"),
        pytest.param(["hunter2"], "hunter", "hunter", id="a part of it"),
        pytest.param(["hunter2", "hunter23"], "-hunter234-", "-[]4-", id="the longest"),
        pytest.param(["hunter23", "hunter2"], "-hunter234-", "-[]4-", id="the longest, learned first"),
        pytest.param(
            ["hunter2hunter2", "hunter2!", "hunter2hunter"], "hunter2hunter2x", "[]x", id="the longest of three"
        ),
        pytest.param(["abcdefgh", "efghijkl"], "-abcdefghijkl-", "-[]-", id="two that overlap"),
        pytest.param(["abcdefgh", "cdef"], "-abcdefgh-", "-[]-", id="one in another"),
        pytest.param(["abcdefgh", "fghi", "hijk"], "-abcdefghijk-", "-[]-", id="three that overlap"),
        pytest.param(["abcdefgh"], "x=abcdefgh", "x=[]", id="at the end"),
        pytest.param(["abcd"], "abc abcd abcde", "abc [] []e", id="the shortest that is one"),
        pytest.param(["abc"], "abc", "abc", id="shorter than that"),
        pytest.param(["abcd", "abcdefg", "abcdefghi"], "abcdefghij abcdefgh", "[]j []h", id="by either key"),
        pytest.param(["12345"], 'n=12345, "12345"', 'n=[], "[]"', id="a number"),
    ],
)
def test_secrets_are_taken_out_of_a_text(secrets: list[str], text: str, scrubbed: str) -> None:
    redactor = Redactor()
    redactor.learn([Secret(int(each) if each.isdigit() else each) for each in secrets])
    redactor.learn([Secret(each) for each in secrets])
    assert redactor.scrub(text) == scrubbed.replace("[]", MASK)
    assert redactor.finds(text) == (MASK in scrubbed.replace("[]", MASK))
    assert redactor.scrub("") == ""


RAW: Final = "p\"ä/ ?\n'x"


@pytest.mark.parametrize(
    "form",
    [
        RAW,
        json.dumps(RAW)[1:-1],
        json.dumps(RAW, ensure_ascii=False)[1:-1],
        repr(RAW)[1:-1],
        "p%22%C3%A4%2F%20%3F%0A%27x",
        "p%22%C3%A4/%20%3F%0A%27x",
        "p%22%C3%A4%2F+%3F%0A%27x",
        RAW.encode().hex(),
    ],
)
def test_a_secret_is_found_in_every_form(form: str) -> None:
    redactor = Redactor()
    redactor.learn(Secret(RAW))
    assert redactor.scrub(f"<{form}>") == f"<{MASK}>"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
@pytest.mark.parametrize("secret", ["~~~hunter2???>>>", "long enough", "12345678"])
def test_a_secret_is_found_within_base64(encode: Any, before: str, secret: str) -> None:
    """In a header it stands behind a name, so that it begins anywhere in a group of three."""
    redactor = Redactor()
    redactor.learn(Secret(secret))
    for after in ("", "!", "!!"):
        text = encode(f"{before}{secret}{after}".encode()).decode()
        shown = redactor.scrub(text)
        assert MASK in shown
        left = sum(map(len, shown.replace("=", "").split(MASK)))
        assert left <= len(before) * 4 / 3 + 2 + len(after) * 4 / 3 + 2, "what is left tells nothing of it"
        assert redactor.scrub(encode(f"{before}{'x' * len(secret)}".encode()).decode()).count(MASK) == 0


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("password=hunter2", True),
        ("  password=hunter2  ", True),
        ("12345678", True),
        ("a-b-c-d!", True),
        ("1234567", False),
        ("  1234567  ", False),
        ("frontend", False),
        ("abcdefghijklmno", False),
        ("abcdefghijklmnop", True),
        ("[database]", False),
        ("[data.base_x-y]", False),
        ("[abcdefghijklmnop]", True),
        ("10.20.30.40", False),
        ("10.20.30.40/24", False),
        ("10.20.30.40:80", True),
        ("10.20.30", True),
    ],
)
def test_a_line_of_a_longer_secret_is_one_where_it_says_something(line: str, hidden: bool) -> None:
    redactor = Redactor()
    redactor.learn(Secret(f"first line of all\n{line}\nlast line of all\x85and more"))
    assert redactor.scrub(f"<{line}>") == (f"<{MASK}>" if hidden else f"<{line}>")
    assert redactor.scrub("<last line of all>") == f"<{MASK}>"
    alone = Redactor()
    alone.learn(Secret(line))
    assert alone.scrub(f"<{line}>") == f"<{MASK}>"


def test_what_a_host_repeats_is_marked_where_it_holds_a_secret() -> None:
    redactor = Redactor()
    redactor.learn(Secret("hunter2"))
    value = {"a": "is hunter2", "b": ["open", "hunter2", 5], "c": None, "d": {"e": "hunter2"}}
    assert redactor.wrap(value) == {
        "a": Secret("is hunter2"),
        "b": ["open", Secret("hunter2"), 5],
        "c": None,
        "d": {"e": Secret("hunter2")},
    }
    problem = Problem("no hunter2", Where(urn="u"), "say hunter2")
    assert redactor.scrub_problem(problem) == Problem(f"no {MASK}", Where(urn="u"), f"say {MASK}")
