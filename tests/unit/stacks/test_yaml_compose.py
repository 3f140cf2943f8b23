from pathlib import Path

import pytest
from tests.stack_files import complaints, write

from virtwright.errors import InputError, Problem
from virtwright.stacks.yaml import compose as module
from virtwright.stacks.yaml.compose import MOST_LEVELS, compose
from virtwright.stacks.yaml.nodes import Node, Position
from virtwright.stacks.yaml.problems import MOST, Problems
from virtwright.stacks.yaml.source import read_text


def values(text: str) -> object:
    problems = Problems("f.yaml")
    node = compose(text, problems)
    problems.check()
    return plain(node)


def plain(node: Node) -> object:
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def problems_in(text: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        values(text)
    return list(caught.value.problems)


def one(text: str) -> tuple[int | None, int | None, str]:
    (problem,) = problems_in(text)
    return problem.where.line, problem.where.column, problem.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("22:22", "22:22"),
        ("0o7", 7),
        ("0644", 644),
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1_000", "1_000"),
        ("+12", 12),
        ("-0", 0),
        ("~", None),
        ("null", None),
        ("", None),
        ("True", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("2001-01-01", "2001-01-01"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("!!int 5", 5),
        ("!!float 5", 5.0),
        ("! 5", "5"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        ("0b1", "0b1"),
        ("9223372036854775807", 9223372036854775807),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    found = values(f"a: {text}\n" if text != "-" else 'a: "-"')
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "9223372036854775808", "0xFFFFFFFFFFFFFFFFFF"])
def test_a_number_that_json_can_not_hold_is_refused(text: str) -> None:
    line, column, message = one(f"a: {text}")
    assert (line, column) == (1, 4)
    assert "put it in quotes" in message


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system",
        "!!python/name:os.system",
        "!foo",
        "!!binary",
        "!!set",
        "!!omap",
        "!!timestamp",
    ],
)
def test_tags_are_refused_on_every_kind_of_node(tag: str) -> None:
    for value in ("x", "[x]", "{x: y}"):
        assert one(f"a: {tag} {value}") == (1, 4, f"the tag {tag} is not allowed: a stack holds plain values only")


def test_a_key_given_twice_names_both_lines() -> None:
    assert one("a: 1\nb: 2\na: 3\n") == (3, 1, "the key 'a' is given twice; the first one is in line 1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1: x", "a key must be text, not 1"),
        ("true: x", "a key must be text, not true"),
        ("~: x", "a key must be text, not null"),
        ("[a]: x", "a key must be text, not a list or map"),
        ("? {a: b}\n: x", "a key must be text, not a list or map"),
    ],
)
def test_keys_must_be_text(text: str, message: str) -> None:
    assert problems_in(text)[0].message == message


def test_every_problem_of_the_notation_is_told_at_once() -> None:
    found = [problem.where.line for problem in problems_in("a: !x 1\n2: b\nc: .nan\na: 2\n")]
    assert found == [1, 2, 3, 4]


def test_a_tab_is_told_as_such() -> None:
    (problem,) = problems_in("a:\n\tb: 1\n")
    assert (problem.where.line, problem.where.column) == (2, 1)
    assert problem.hint == "YAML is indented by spaces; this line begins with a tab"


def test_a_colon_without_quotes_in_braces_gets_a_hint() -> None:
    (problem,) = problems_in("a: {image: nginx:1.27}\n")
    assert problem.where.line == 1
    assert problem.hint == 'put a value with a colon in quotes inside { } and [ ]: "nginx:1.27"'


def test_a_reference_without_quotes_in_braces_gets_a_hint() -> None:
    (problem,) = problems_in("a: {b: ${vms.db.address}}\n")
    assert problem.where.line == 1
    assert problem.hint == 'put a value with ${...} in quotes inside { } and [ ]: "${vms.db.address}"'


def test_several_documents_are_refused() -> None:
    assert one("a: 1\n---\nb: 2\n") == (2, 1, "the file holds more than one document")


@pytest.mark.parametrize("text", ["", "\n", "# a comment\n", "---\n...\n", "\ufeff"])
def test_an_empty_file_is_told_as_empty(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text, head="")
    assert any(word in complaints(path)[0] for word in ("is empty", "a map of sections"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_accepted(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("ä: 1".encode(encoding))
    assert values(read_text(path)) == {"ä": 1}


def test_bytes_that_are_no_text_are_located(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(InputError, match="is not UTF-8 text") as caught:
        read_text(path)
    assert (caught.value.where.line, caught.value.where.column) == (2, 4)


def test_a_control_character_is_located() -> None:
    assert one("a: 1\nb: x\x00y\n") == (2, 5, "not valid YAML: the character U+0000 is not allowed")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    with path.open("wb") as file:
        file.truncate(9 * 1024**2)
    with pytest.raises(InputError, match="larger than 8 MiB"):
        read_text(path)


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "f.yaml")
    with pytest.raises(InputError, match="not a regular file"):
        read_text(tmp_path / "f.yaml")


def test_an_alias_repeats_its_value() -> None:
    assert values("a: &x {p: [1]}\nb: *x\n") == {"a": {"p": [1]}, "b": {"p": [1]}}


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "holds more than 1,000,000 values" in problems_in("\n".join(lines))[0].message


def test_a_merge_bomb_is_refused() -> None:
    wide = ", ".join(f"k{n}: v" for n in range(1000))
    lines = [f"base: &base {{{wide}}}", *(f"m{n}: {{<<: *base}}" for n in range(1100))]
    assert "holds more than 1,000,000 values" in problems_in("\n".join(lines))[0].message


def test_an_alias_inside_what_it_repeats_is_refused() -> None:
    assert one("a: &x [1, *x]") == (1, 11, "the alias *x stands inside the value it repeats")
    assert one("a: &x {<<: *x}") == (1, 12, "the alias *x stands inside the value it repeats")


def test_an_alias_to_nothing_is_refused() -> None:
    assert one("a: *x") == (1, 4, "the alias *x repeats an anchor that is not there")


@pytest.mark.parametrize("depth", [MOST_LEVELS + 1, 5_000, 200_000])
def test_deep_nesting_is_refused_without_recursion(depth: int) -> None:
    for text in ("[" * depth, "{a: " * depth):
        assert one(f"a: {text}")[2] == f"nested deeper than {MOST_LEVELS} levels"


def test_nesting_through_aliases_counts() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 100))]
    assert "nested deeper than 64 levels through the alias" in one("\n".join(lines))[2]


def test_merge_keys_fill_in_what_is_not_said() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {x: 4, <<: *a}\n"
    found = values(text)
    assert isinstance(found, dict)
    assert found["c"] == {"x": 3, "y": 1, "z": 2}
    assert found["d"] == {"x": 4, "y": 1}


def test_a_quoted_merge_key_is_a_plain_key() -> None:
    assert values('"<<": 1') == {"<<": 1}


def test_a_merge_of_something_else_is_refused() -> None:
    assert one("a: {<<: 5}")[2] == "<< takes a map or a list of maps"


def test_nodes_know_where_they_were_written() -> None:
    root = compose("a:\n  b: [x, {c: d}]\n", Problems("f"))
    assert root.position(("a", "b", 1, "c")) == Position(2, 14)
    assert root.position(("a", "b", 1, "c"), of_key=True) == Position(2, 11)
    assert root.position(("a", "b", 7, "c")) == Position(2, 6)
    assert root.position(("a", "nothing")) == Position(2, 3)


def test_the_number_of_problems_is_bounded() -> None:
    found = problems_in("\n".join(f"{n}: x" for n in range(5000)))
    assert len(found) == MOST + 1
    assert found[-1].message == f"more than {MOST} problems; the rest is not shown"


def test_a_foreign_yaml_version_is_refused() -> None:
    assert "not valid YAML" in one("%YAML 2.0\n---\na: 1\n")[2]


def test_the_limits_are_what_the_documents_say() -> None:
    assert (module.MOST_NODES, module.MOST_LEVELS) == (1_000_000, 64)
