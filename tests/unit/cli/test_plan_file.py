"""Saved plans: written and read back, and every damage refused."""

import json
import stat
from pathlib import Path

import pytest
from tests.unit.cli import examples

from virtwright.engine.plan import RunOptions
from virtwright.engine.plan_file import Source, load_plan, save_plan
from virtwright.engine.plan_values import decode, encode
from virtwright.errors import InputError
from virtwright.schemas.values import UNKNOWN, Secret
from virtwright.stacks.plan_mark import is_plan_file

SOURCE = Source(file="/srv/shop.yaml", stack="prod", config=("replicas",))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "shop.plan"
    save_plan(examples.plan(*examples.ALL), SOURCE, path, "p")
    return path


def test_a_plan_comes_back_as_it_was(saved: Path) -> None:
    loaded = load_plan(saved)
    assert loaded.plan == examples.plan(*examples.ALL)
    assert (loaded.source, loaded.program) == (SOURCE, "p")
    assert is_plan_file(saved)


def test_options_and_outputs_come_back(tmp_path: Path) -> None:
    options = RunOptions(("a",), ("b",), ("c",), ("d",), True, 5.0)
    plan = examples.plan(options=options)
    object.__setattr__(plan, "outputs", {"k": Secret("mac"), "u": UNKNOWN, "$secret": [1, {"$map": 2.5}]})
    save_plan(plan, SOURCE, tmp_path / "p", None)
    assert load_plan(tmp_path / "p").plan == plan


def test_only_the_owner_can_read_it(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_nothing_else_is_left_beside_it(saved: Path) -> None:
    assert [path.name for path in saved.parent.iterdir()] == ["shop.plan"]


def test_an_earlier_plan_is_overwritten_but_nothing_else(saved: Path, tmp_path: Path) -> None:
    save_plan(examples.plan(), SOURCE, saved, "p")
    assert load_plan(saved).plan.steps == ()
    stack = tmp_path / "shop.yaml"
    stack.write_text("stack: shop\n", encoding="utf-8")
    with pytest.raises(InputError, match="not a saved plan"):
        save_plan(examples.plan(), SOURCE, stack, "p")
    assert stack.read_text(encoding="utf-8") == "stack: shop\n"


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't write the plan"):
        save_plan(examples.plan(), SOURCE, tmp_path / "gone" / "p", "p")


@pytest.mark.parametrize("cut", range(0, 2000, 37))
def test_a_plan_cut_short_is_refused(saved: Path, cut: int) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: min(cut, len(data) - 2)])
    with pytest.raises(InputError, match="can't be used"):
        load_plan(saved)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("virtwright_plan", 1),
        ("steps", [{}]),
        ("steps", 5),
        ("serial", None),
        ("program", 1),
        ("surplus", 1),
        ("stack", None),
        ("options", {"targets": 7}),
    ],
)
def test_wrong_content_is_refused(saved: Path, key: str, value: object) -> None:
    data = json.loads(saved.read_text(encoding="utf-8"))
    saved.write_text(json.dumps({**data, key: value}), encoding="utf-8")
    with pytest.raises(InputError, match="can't be used"):
        load_plan(saved)


def test_one_of_the_older_form_is_refused_with_what_to_do(saved: Path) -> None:
    """It was bound by hashes without a key, from which secrets could be guessed."""
    data = json.loads(saved.read_text(encoding="utf-8"))
    data |= {"virtwright_plan": 1, "binding": {"program": "p", "serial": data.pop("serial"), "observed": "o"}}
    saved.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="it is of version 1") as refused:
        load_plan(saved)
    assert "plan again:\n    virtwright plan --out" in str(refused.value.problems[0].hint)


@pytest.mark.parametrize("field", ["op", "urn", "impact", "changes", "moved_from"])
def test_a_step_with_a_wrong_field_is_refused(saved: Path, field: str) -> None:
    data = json.loads(saved.read_text(encoding="utf-8"))
    data["steps"][1][field] = "nonsense"
    saved.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="can't be used"):
        load_plan(saved)


def test_a_step_that_can_not_be_is_refused(saved: Path) -> None:
    data = json.loads(saved.read_text(encoding="utf-8"))
    data["steps"][1]["impact"] = "data-loss"
    saved.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="can't be used"):
        load_plan(saved)


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"null", b"\xff\xfe", b'{"virtwright_plan":true}', b"{}"])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load_plan(path)


def test_other_files_are_not_taken_for_plans(tmp_path: Path) -> None:
    stack = tmp_path / "shop.yaml"
    stack.write_text("stack: shop\n", encoding="utf-8")
    assert not is_plan_file(stack)
    assert not is_plan_file(tmp_path)
    assert not is_plan_file(tmp_path / "gone")


@pytest.mark.parametrize(
    "value", [None, 1, "x", [UNKNOWN, Secret({"a": UNKNOWN})], {"$secret": 1}, {"$unknown": True, "a": 1}, {"$map": {}}]
)
def test_values_survive(value: object) -> None:
    assert decode(json.loads(json.dumps(encode(value)))) == value
