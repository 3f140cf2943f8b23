"""What one source of a stack is to another, as a table."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from virtwright.stacks.base import StackName
from virtwright.stacks.repository import without_login
from virtwright.stacks.source import Kinship, Source, kinship
from virtwright.stacks.source_reading import compare

SAME, MOVED, OTHER = Kinship.SAME, Kinship.MOVED, Kinship.OTHER
PLAIN = Source("/srv/shop/stack.yaml", "alpha")
OURS = Source("/srv/shop/prod/stack.yaml", "alpha", "a" * 40, "prod/stack.yaml", "git.example.org/shop", "c" * 40)
SHALLOW = replace(OURS, file="/builds/1/prod/stack.yaml", machine="runner", first_commit="", commit="d" * 40)
TABLE: dict[str, tuple[Source, dict[str, Any], bool, Kinship]] = {
    "nothing has changed": (PLAIN, {}, True, SAME),
    "another folder, both are there": (PLAIN, {"file": "/srv/other/stack.yaml"}, True, OTHER),
    "a moved folder": (PLAIN, {"file": "/srv/other/stack.yaml"}, False, MOVED),
    "another folder on another machine": (PLAIN, {"file": "/home/shop/stack.yaml", "machine": "beta"}, False, OTHER),
    "the same path on another machine": (PLAIN, {"machine": "beta"}, False, SAME),
    "the folder became a repository": (PLAIN, {"first_commit": "a" * 40, "path": "stack.yaml"}, True, SAME),
    "a clone elsewhere": (OURS, {"file": "/home/ann/shop/prod/stack.yaml", "machine": "beta"}, True, SAME),
    "a clone of later commits": (OURS, {"commit": "d" * 40}, True, SAME),
    "a clone from elsewhere": (OURS, {"remote": "mirror.example.org/shop"}, True, SAME),
    "another repository at the same path": (OURS, {"first_commit": "b" * 40}, True, OTHER),
    "another repository that has the file no longer": (
        OURS, {"first_commit": "b" * 40, "file": "/srv/x/stack.yaml"}, False, OTHER,
    ),
    "a renamed file": (OURS, {"path": "prod/shop.yaml"}, False, MOVED),
    "two stacks of a repository": (OURS, {"path": "test/stack.yaml"}, True, OTHER),
    "git is not installed": (OURS, {"first_commit": "", "path": "", "remote": "", "commit": ""}, True, SAME),
    "a shallow clone with the commit": (SHALLOW, {"first_commit": "a" * 40, "remote": "", "file": "/x/stack.yaml"}, True, SAME),
}  # fmt: skip


@pytest.mark.parametrize(("known", "fields", "is_there", "expected"), TABLE.values(), ids=TABLE)
def test_what_it_is(known: Source, fields: dict[str, Any], is_there: bool, expected: Kinship) -> None:
    now = replace(known, **fields)
    assert kinship(known, now, lambda commit: commit == known.commit, lambda file: is_there) is expected


@pytest.mark.parametrize(
    ("remote", "has", "expected"),
    [
        ("git.example.org/shop", False, SAME),
        ("git.example.org/fork", False, OTHER),
        ("git.example.org/fork", True, SAME),
        ("", True, SAME),
        ("", False, OTHER),
    ],
)
def test_a_shallow_clone_is_known_by_the_commit_or_by_where_it_came_from(
    remote: str, has: bool, expected: Kinship
) -> None:
    now = replace(SHALLOW, remote=remote)
    assert kinship(OURS, now, lambda commit: has, lambda file: False) is expected
    known = replace(SHALLOW, remote=remote)
    assert kinship(known, OURS, lambda commit: has, lambda file: False) is expected


def test_an_old_file_is_looked_for_in_the_checkout_of_now() -> None:
    asked: list[str] = []

    def is_there(file: str) -> bool:
        asked.append(file)
        return False

    now = replace(OURS, file="/work/clone/test/stack.yaml", path="test/stack.yaml")
    kinship(OURS, now, lambda commit: False, is_there)
    assert asked == ["/work/clone/prod/stack.yaml"]


def test_a_shallow_clone_does_not_make_the_state_forget_the_first_commit() -> None:
    kept = SHALLOW.after(OURS)
    assert (kept.first_commit, kept.commit, kept.file) == (OURS.first_commit, SHALLOW.commit, SHALLOW.file)
    assert replace(PLAIN, file=OURS.file).after(OURS) == OURS
    assert PLAIN.after(OURS) == PLAIN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stack: shop\n", OTHER),
        ("stack: blog\n", MOVED),
        ("stack: [\n", OTHER),
        ("", OTHER),
        (None, MOVED),
    ],
)
def test_an_old_file_that_can_not_be_read_may_be_the_stack_s(
    tmp_path: Path, text: str | None, expected: Kinship
) -> None:
    """Then the new one does not take its place unasked."""
    old, new = tmp_path / "old/stack.yaml", tmp_path / "new/stack.yaml"
    for each in (old, new):
        each.parent.mkdir()
        each.write_text("stack: shop\n" if each == new else text or "")
    if text is None:
        old.unlink()
    known, now = Source(str(old), "alpha"), Source(str(new), "alpha")
    assert compare(known, now, StackName("shop", "prod")) is expected


def test_a_link_to_the_old_file_is_no_second_one(tmp_path: Path) -> None:
    old, new = tmp_path / "stack.yaml", tmp_path / "link.yaml"
    old.write_text("stack: shop\n")
    new.symlink_to(old)
    assert compare(Source(str(old), "alpha"), Source(str(new), "alpha"), StackName("shop", "prod")) is MOVED


def test_it_comes_back_from_its_text() -> None:
    for each in (PLAIN, OURS, SHALLOW):
        assert Source.from_json(each.to_json()) == each


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"file": 1, "machine": ""}', '{"file": "", "machine": "", "x": ""}', "{"]
)
def test_another_text_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Source.from_json(text)


def test_people_are_told_the_place_and_the_repository() -> None:
    assert str(PLAIN) == "/srv/shop/stack.yaml on alpha"
    assert str(OURS).endswith(
        "(prod/stack.yaml in the repository git.example.org/shop, begun with the commit aaaaaaaaaaaa)"
    )
    assert "a shallow clone" in str(SHALLOW)
    assert json.loads(PLAIN.to_json()) == {"file": PLAIN.file, "machine": PLAIN.machine}


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://git.example.org/team/shop.git", "git.example.org/team/shop"),
        ("https://job:token@Git.example.org/team/shop.git/", "git.example.org/team/shop"),
        ("https://git.example.org:8443/team/shop?token=x", "git.example.org:8443/team/shop"),
        ("ssh://git@git.example.org:2222/team/shop.git", "git.example.org/team/shop"),
        ("git@git.example.org:team/shop.git", "git.example.org/team/shop"),
        ("/srv/git/shop.git", "/srv/git/shop"),
        ("file:///srv/git/shop.git", "/srv/git/shop"),
        ("", ""),
    ],
)
def test_the_place_of_a_repository_is_told_without_a_login(remote: str, expected: str) -> None:
    assert without_login(remote) == expected
