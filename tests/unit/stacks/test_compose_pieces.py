"""What becomes of each key of a Compose file in its less usual forms, and what is said of files that Compose would refuse."""

from pathlib import Path
from typing import Final

import pytest
from tests.compose_lab import converted, remark, text
from tests.golden import Cases, as_json
from tests.refusals import refusals

from virtwright.stacks.compose.convert.whole import Converted

FOLDER: Final = Path(__file__).parent / "golden"
HOSTS: Final = {".docker.yaml": "docker:///", ".swarm.yaml": "swarm:///"}
CASES: Final = Cases(FOLDER / "compose_pieces", given=".compose.yaml", made=tuple(HOSTS))
WRONG: Final = Cases(FOLDER / "compose_wrong")
VARIABLES: Final = {"HOME": "/home/somebody", "TOKEN": "sesame"}


def convert(compose: str, folder: Path, host: str) -> Converted:
    (folder / "compose.yaml").write_text(compose, encoding="utf-8")
    (folder / "plain.conf").touch()
    return converted(folder, host, "none", **VARIABLES)


@pytest.mark.parametrize("suffix", HOSTS)
@pytest.mark.parametrize("name", CASES.names())
def test_what_becomes_of_the_less_usual(name: str, suffix: str, tmp_path: Path) -> None:
    compose = (CASES.folder / f"{name}{CASES.given}").read_text(encoding="utf-8")
    made = convert(compose, tmp_path, HOSTS[suffix])
    secrets = [f"# secret {key}: {value}\n" for key, value in made.secrets.items()]
    whole = text(made) + "".join(["\n", *secrets, *map(remark, made.findings)])
    CASES.check(name, whole.replace(str(tmp_path), "").replace(f"stack: {tmp_path.name}\n", "stack: NAME\n"), suffix)


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == WRONG.strays() == []


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    rows = refusals(WRONG.read("projects"), lambda compose: convert(compose, tmp_path, "docker:///"))
    WRONG.check("projects", as_json(rows).replace(str(tmp_path), ""))
    assert all("error" in row for row in rows)
