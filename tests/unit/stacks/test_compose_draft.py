"""The pieces that a conversion is made from: names that a stack can have, fields, and what of them does not fit."""

from pathlib import Path
from typing import Any, Final, cast

import pytest

from virtwright.errors import InputError
from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Books, Fields
from virtwright.stacks.compose.convert.fitting import drop_what_does_not_fit
from virtwright.stacks.compose.convert.secrets import config_name, environment_value
from virtwright.stacks.compose.convert.whole import Converted
from virtwright.stacks.compose.item import Item, Spot
from virtwright.stacks.compose.project import Project
from virtwright.stacks.yaml.nodes import START
from virtwright.stacks.yaml.written import Reference

SPOT: Final = Spot("compose.yaml", START)


def item(value: Any) -> Item:
    if isinstance(value, dict):
        return Item({key: item(each) for key, each in value.items()}, SPOT)
    return Item([item(each) for each in value] if isinstance(value, list) else value, SPOT)


def fields(value: Any) -> Fields:
    return Fields(item({"key": value}), ("services", "a"), Books())


def wrong(read: Fields) -> list[str]:
    try:
        read.books.problems.check()
    except InputError as error:
        return [f"{each.where.path}: {each.message}" for each in error.problems]
    return []


def draft(**sections: dict[str, dict[str, Any]]) -> Draft:
    made = Draft(cast(Project, FakeProject()), "docker:///", Path())
    for section, entries in sections.items():
        for name, values in entries.items():
            made.entry(section, name).values = values
    return made


class FakeProject:
    model = item({})


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("web-1.a_b", "web-1.a_b"),
        ("_web", "web"),
        ("_Xen", "Xen"),
        ("a b", "a-b"),
        ("web\n", "web-"),
        ("_._", "unnamed"),
        (f"_{'a' * 70}", "a" * 60),
    ],
)
def test_a_name_that_a_stack_can_not_have_becomes_one(name: str, made: str) -> None:
    assert draft().name("services", name) == made


def test_no_two_names_become_one() -> None:
    made = draft(services={"a": {}})
    names = [made.name("services", name) for name in ("_a", "-a", "_a", "_b", "-b")]
    assert names == ["a-2", "a-3", "a-2", "b", "b-2"]
    assert made.name("volumes", "_a") == "a"


def test_secrets_are_not_shown() -> None:
    made = draft()
    made.secrets["token"] = "sesame"
    assert "sesame" not in repr(made)
    assert "sesame" not in repr(Converted("a", "docker:///", {}, {}, made.secrets))


@pytest.mark.parametrize(
    ("taken", "hint", "owner", "name"),
    [
        ([], "API_TOKEN", "web", "api_token"),
        ([], "_My--key_", "web", "my_key"),
        ([], "!", "web", "value"),
        (["api_token"], "API_TOKEN", "-Web 1", "web_1_api_token"),
        (["token", "web_token"], "TOKEN", "web", "web_token_2"),
        (["token", "web_token", "web_token_2"], "TOKEN", "web", "web_token_3"),
        ([], "t" * 70, "web", "t" * 63),
        (["t" * 63], "t" * 70, "web", f"web_{'t' * 59}"),
    ],
)
def test_the_key_of_a_secret(taken: list[str], hint: str, owner: str, name: str) -> None:
    made = draft()
    made.config = {each: {} for each in taken}
    assert config_name(made, hint, owner) == name


def test_a_secret_bears_the_name_of_its_variable() -> None:
    made = draft()
    assert environment_value(made, "PASSWORD", "sesame", "DB_PASSWORD", "web") == "${config.db_password}"
    assert environment_value(made, "PASSWORD", "other", None, "web") == "${config.password}"
    assert environment_value(made, "MODE", "fast", "DB_MODE", "web") == "fast"
    assert made.secrets == {"db_password": "sesame", "password": "other"}


def test_a_field_without_an_origin_has_none() -> None:
    entry = Entry("containers", "a")
    entry.put("docker.tty", True)
    entry.put("image", "x", fields("x"), "key")
    entry.put("restart", "no", fields("x"), "other")
    entry.put("user", "u", fields("x"))
    assert entry.values == {"docker": {"tty": True}, "image": "x", "restart": "no", "user": "u"}
    own = ("services", "a")
    places = {steps: path for steps, (_, path) in entry.origins.items()}
    assert places == {("image",): (*own, "key"), ("restart",): own, ("user",): own}


TEXTS: Final[list[tuple[Any, list[str], list[str]]]] = [
    (None, [], []),
    ("a", ["a"], []),
    (["a", 5, True], ["a", "5", "true"], []),
    ([None], [""], ["services.a.key[0]: expected a text, got ''"]),
    ([["a"]], [""], ["services.a.key[0]: expected a single value, not a list"]),
    ({"a": "b"}, [], ["services.a.key: expected a list of texts"]),
]


@pytest.mark.parametrize(("value", "texts", "problems"), TEXTS)
def test_a_list_of_texts(value: Any, texts: list[str], problems: list[str]) -> None:
    read = fields(value)
    assert (read.texts("key"), wrong(read)) == (texts, problems)
    assert (read.get("key") is None) is (value is None)


def test_a_map_of_texts() -> None:
    read = fields({"a": 1, "b": ["x"], "c": None})
    assert read.pairs("key") == {"a": "1", "b": "", "c": ""}
    assert wrong(read) == ["services.a.key.b: expected a single value, not a list"]


FITTING: Final[list[tuple[dict[str, Any], dict[str, Any], list[str]]]] = [
    ({"image": "x"}, {"image": "x"}, []),
    ({"image": "x", "ports": ["99999:1"]}, {"image": "x"}, ["ports[0].host_port"]),
    ({"image": "x", "ports": ["99999:1", "80:80"]}, {"image": "x", "ports": ["80:80"]}, ["ports[0].host_port"]),
    ({"image": "x", "user": Reference("${config.user}")}, {"image": "x", "user": "${config.user}"}, []),
    ({"image": "x", "user": "${config.user}"}, {"image": "x"}, ["user"]),
    ({"image": "x", "docker": {"cgroup_parent": Reference("${config.user} ")}},
     {"image": "x", "docker": {"cgroup_parent": "${config.user} "}}, []),
    ({"image": "x", "docker": {"dns": [Reference("${config.dns}")]}},
     {"image": "x", "docker": {"dns": ["${config.dns}"]}}, []),
    ({"image": "x", "labels": {"${a}": "b", "c": "d"}}, {"image": "x", "labels": {"c": "d"}}, ["labels.${a}"]),
    ({"image": "x", "docker": {"log_options": {"${a}": "b", "c": "d"}}},
     {"image": "x", "docker": {"log_options": {"c": "d"}}}, ["docker.log_options.${a}"]),
    ({"image": "x", "files": [{"path": "/a", "content": "x", "${a}": 1}]},
     {"image": "x", "files": [{"path": "/a", "content": "x"}]}, ["files[0].${a}"]),
    ({"image": "x", "restart": "sometimes"}, {"image": "x"}, ["restart"]),
    ({"image": "x", "docker": {"cgroup_parent": "a b"}}, {"image": "x"}, ["docker.cgroup_parent"]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "kept", "lost"), FITTING)
def test_what_the_vocabulary_refuses_is_left_out(values: dict[str, Any], kept: dict[str, Any], lost: list[str]) -> None:
    made = draft(containers={"a": values})
    drop_what_does_not_fit(made)
    assert made.sections["containers"]["a"].values == kept
    told = [each.means for each in made.books.ledger.findings]
    assert [text.partition(" ")[0] for text in told] == lost


def test_what_can_not_be_left_out_is_said_once() -> None:
    made = draft(containers={"a": {"command": ["x"]}})
    drop_what_does_not_fit(made)
    with pytest.raises(InputError) as caught:
        made.books.problems.check()
    assert [each.where.path for each in caught.value.problems] == ["services.a"]
