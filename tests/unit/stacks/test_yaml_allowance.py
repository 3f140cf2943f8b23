"""A small file comes to much once its references, counts, aliases and includes are written out; never to more than the memory holds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stack_files import RecordingEngine, complaints, goals, load, run, write

from virtwright.errors import InputError
from virtwright.schemas.values import UNKNOWN, Secret
from virtwright.stacks.base import Goal, Registered
from virtwright.stacks.compose.load import load_project
from virtwright.stacks.compose.project import Request
from virtwright.stacks.yaml.allowance import Allowance, weight
from virtwright.stacks.yaml.files import MOST_CONTENT

TEXT = "x" * 300_000
LARGE = f"config:\n  large: {{default: {TEXT}}}\n  list: {{type: list, default: [{TEXT}]}}\n"
MANY = "${config.large}" * 20_000
WHOLE = ", ".join(['"${config.large}"'] * 20_000)
LISTS = ", ".join(['"${config.list}"'] * 20_000)
WEB = "containers:\n  web: {image: host, command: [x], environment: "


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{LARGE}outputs: {{o: '{MANY}'}}\n", "7:14 outputs.o"),
        (f"{LARGE}outputs: {{o: [{WHOLE}]}}\n", "outputs.o"),
        (f"{LARGE}outputs: {{o: [{LISTS}]}}\n", "outputs.o"),
        (f"{LARGE}{WEB}{{A: '{MANY}'}}}}\n", "8:53 containers.web"),
        (f"{LARGE}{WEB}{{A: '${{config.large}}${{index}}'}}, count: 10000}}\n", "containers.web"),
        (f"{LARGE}{WEB}{{A: '${{config.large}}'}}, count: 10000}}\n", "containers.web"),
        (f"{WEB}{{A: '{TEXT}', B: '${{index}}'}}, count: 10000}}\n", "containers.web"),
        (f"{WEB}{{A: '{TEXT}'}}, count: 10000}}\n", "containers.web"),
    ],
    ids=["in a text", "whole", "a list", "of a container", "a count that varies", "a count", "a literal that varies", "a literal"],
)  # fmt: skip
def test_what_a_stack_comes_to_is_limited(tmp_path: Path, text: str, where: str) -> None:
    (told,) = complaints(write(tmp_path, text))
    assert "references and counts make more than 64 MiB of text" in told and where in told


def test_aliases_are_written_out(tmp_path: Path) -> None:
    aliases = ", ".join("*a" for _ in range(20_000))
    (told,) = complaints(write(tmp_path, f"outputs: {{o: &a {TEXT}, p: [{aliases}]}}\n"))
    assert "holds more than 64 MiB of text, aliases written out" in told


def test_what_resources_tell_each_other_is_limited(tmp_path: Path) -> None:
    """Each says twice what the one before says."""

    def answer(goal: Goal) -> Registered:
        return Registered(goal.urn, "1", {"name": goal.inputs.get("environment", {}).get("A", TEXT)})

    stack = "".join(
        f"  c{n}: {{image: host, command: [x], environment: {{A: '${{containers.c{n - 1}.name}}${{containers.c{n - 1}.name}}'}}}}\n"
        for n in range(1, 12)
    )
    path = write(tmp_path, f"containers:\n  c0: {{image: host, command: [x]}}\n{stack}")
    with pytest.raises(InputError, match="references and counts make more than 64 MiB of text"):
        run(load(path), RecordingEngine(answer))


def test_a_stack_of_ten_thousand_is_none_too_large(tmp_path: Path) -> None:
    variables = "".join(f"V{number}: 'value ${{index}} of {number}', " for number in range(10))
    text = f"{WEB}{{{variables}}}, count: 10000}}\n"
    assert len(load(write(tmp_path, text)).declared) == 10_001


def test_what_a_value_counts_for() -> None:
    assert weight({"a": [Secret("xyz"), 1, UNKNOWN, True]}) == 8 * 16 + 1 + 3
    left = Allowance(10)
    left.take(10, None)  # type: ignore[arg-type]
    assert left.taken == 10


def test_a_file_is_kept_once_and_all_files_within_a_size(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("x" * MOST_CONTENT)
    for number in range(200):
        (tmp_path / f"link{number}").symlink_to("large")
    files = ", ".join(f"{{path: /a{number}, source: link{number}}}" for number in range(200))
    web = f"containers:\n  web: {{image: host, command: [x], files: [{files}]}}\n"
    (goal,) = (each for name, each in goals(write(tmp_path, web)).items() if name == "web")
    assert len({id(each["content"].value) for each in goal.inputs["files"]}) == 1
    for number in range(100):
        (tmp_path / f"link{number}").unlink()
        (tmp_path / f"link{number}").write_text("x" * MOST_CONTENT)
    (told,) = complaints(write(tmp_path, web))
    assert "the stack reads more than 64 MiB" in told and "containers.web.files[" in told


def _doubling(folder: Path) -> None:
    lines = [f"V{n}=$V{n - 1}$V{n - 1}" for n in range(1, 60)]
    (folder / ".env").write_text("\n".join(["V0=xxxxxxxxxx", *lines]))
    (folder / "compose.yaml").write_text("services: {web: {image: x}}\n")


def _many_uses(folder: Path) -> None:
    uses = "$LARGE" * 20_000
    (folder / ".env").write_text(f"LARGE={TEXT}")
    (folder / "compose.yaml").write_text(f"services: {{web: {{image: x, command: '{uses}'}}}}\n")


def _including_twice(folder: Path) -> None:
    (folder / "compose.yaml").write_text("include: [c0.yaml]\n")
    for number in range(40):
        (folder / f"c{number}.yaml").write_text(f"include: [c{number + 1}.yaml, ./c{number + 1}.yaml]\n")
    (folder / "c40.yaml").write_text("services: {web: {image: x}}\n")


@pytest.mark.parametrize("hostile", [_doubling, _many_uses, _including_twice])
def test_what_a_compose_project_comes_to_is_limited(tmp_path: Path, hostile: Callable[[Path], None]) -> None:
    hostile(tmp_path)
    with pytest.raises(InputError, match="more than 64 MiB of text"):
        load_project(Request(), {}, tmp_path)
