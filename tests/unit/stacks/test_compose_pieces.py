"""What becomes of each key of a Compose file in its less usual forms, and what is said of files that Compose would refuse."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.compose_lab import converted, remark, text
from tests.golden import Cases, as_json, check
from tests.refusals import refusals

from virtwright.stacks.compose.convert.counterparts import counterpart, is_told
from virtwright.stacks.compose.convert.whole import Converted
from virtwright.stacks.compose.item import Steps, shown
from virtwright.stacks.compose.keys import KEYS

FOLDER: Final = Path(__file__).parent / "golden"
HOSTS: Final = {".docker.yaml": "docker:///", ".swarm.yaml": "swarm:///"}
CASES: Final = Cases(FOLDER / "compose_pieces", given=".compose.yaml", made=tuple(HOSTS))
WRONG: Final = Cases(FOLDER / "compose_wrong")
VARIABLES: Final = {"HOME": "/home/somebody", "TOKEN": "sesame"}


def convert(compose: str, folder: Path, host: str) -> Converted:
    (folder / "compose.yaml").write_text(compose, encoding="utf-8")
    (folder / "plain.conf").touch()
    return converted(folder, host, "none", **VARIABLES)


def _origins(made: Converted) -> Iterator[str]:
    """Where each field came from: what is refused later is said to stand there."""
    for section, entries in made.sections.items():
        for entry in entries.values():
            for steps, (item, path) in entry.origins.items():
                yield f"# {shown((section, entry.name, *steps))} from {item.where(path)}\n"


@pytest.mark.parametrize("suffix", HOSTS)
@pytest.mark.parametrize("name", CASES.names())
def test_what_becomes_of_the_less_usual(name: str, suffix: str, tmp_path: Path) -> None:
    compose = (CASES.folder / f"{name}{CASES.given}").read_text(encoding="utf-8")
    made = convert(compose, tmp_path, HOSTS[suffix])
    secrets = [f"# secret {key}: {value}\n" for key, value in made.secrets.items()]
    whole = text(made) + "".join(["\n", *secrets, *map(remark, made.findings), *_origins(made)])
    CASES.check(name, whole.replace(str(tmp_path), "").replace(f"stack: {tmp_path.name}\n", "stack: NAME\n"), suffix)


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == WRONG.strays() == []


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    rows = refusals(WRONG.read("projects"), lambda compose: convert(compose, tmp_path, "docker:///"))
    WRONG.check("projects", as_json(rows).replace(str(tmp_path), ""))
    assert all("error" in row for row in rows)


def _paths(keys: Any, path: Steps = ()) -> Iterator[Steps]:
    for key, inner in keys.items():
        step = {"*": "NAME", "[]": "[0]"}.get(key, key)
        yield (*path, step)
        yield from _paths(inner, (*path, step))


def test_what_is_said_of_each_key_that_nobody_takes() -> None:
    lines = [f"{shown(path)}{' as a whole' if is_told(path) else ''}: {_said(path)}\n" for path in _paths(KEYS)]
    check(FOLDER / "compose_counterparts/keys.txt", "".join(lines))


def _said(path: Steps) -> str:
    weight, means, instead = counterpart(path)
    return f"{weight}: {means}" + (f" ({instead})" if instead else "").replace("\n", " ")


def test_an_extension_is_read_by_nobody() -> None:
    told = ("note", "an extension: Compose does not read it either", None)
    assert counterpart(("x-a",)) == counterpart(("services", "a", "x-b", "c")) == told
    assert is_told(("services", "a", "x-b")) and not is_told(()) and not is_told(("services", "a"))
