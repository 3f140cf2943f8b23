"""The comparison with golden files, and the walk that sees which field none of them has."""

from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.golden import WRITE, Cases, as_json, check
from tests.model_fields import fields, showing, unseen, without


class Inner(BaseModel):
    name: str
    size: int = 1


class Outer(BaseModel):
    title: str = ""
    one: Inner | None = None
    many: list[Inner] = []
    named: dict[str, Inner] = {}


FULL = Outer(title="x", one=Inner(name="a", size=2), many=[Inner(name="b")], named={"c": Inner(name="c", size=3)})


def test_what_differs_is_written_only_when_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WRITE, raising=False)
    golden = tmp_path / "golden" / "a.json"
    with pytest.raises(AssertionError, match="make golden"):
        check(golden, "1\n")
    monkeypatch.setenv(WRITE, "write")
    check(golden, "1\n")
    monkeypatch.delenv(WRITE)
    check(golden, "1\n")
    with pytest.raises(AssertionError, match="make golden"):
        check(golden, "2\n")
    assert golden.read_text() == "1\n"


def test_a_case_is_a_file_of_inputs(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a.json", "gone.json", "a.txt"):
        (tmp_path / name).write_text("{mode: nat}\n")
    cases = Cases(tmp_path)
    assert (cases.names(), cases.read("a"), cases.strays()) == (["a", "b"], {"mode": "nat"}, ["a.txt", "gone.json"])


def test_the_order_of_keys_says_nothing() -> None:
    assert as_json({"b": 1, "a": [2, 1]}) == as_json({"a": [2, 1], "b": 1})
    assert as_json([1, 2]) != as_json([2, 1])


def test_fields_are_those_that_hold_values() -> None:
    every = {"title", "one.name", "one.size", "many.name", "many.size", "named.name", "named.size"}
    assert fields(Outer) == every


def test_a_field_shows_where_its_default_would_make_something_else() -> None:
    assert unseen(Outer, [FULL], lambda each: each.model_dump()) == {"many.size"}
    assert unseen(Outer, [FULL], lambda each: each.model_dump(exclude={"title"})) == {"many.size", "title"}
    assert showing([Outer()], lambda each: each.model_dump()) == set()


def test_each_field_is_reset_alone() -> None:
    made = dict(without(FULL))
    assert made["one.size"] == FULL.model_copy(update={"one": Inner(name="a")})
    assert made["named.size"].named == {"c": Inner(name="c")}
    assert made["title"].title == ""
