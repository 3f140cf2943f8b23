"""What the documents say: links lead somewhere, stacks in them are stacks, make targets and tests exist."""

import json
import re
from pathlib import Path
from typing import Final

import jsonschema
import pytest
from ruamel.yaml import YAML

from virtwright.stacks.load import load_stack

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")],
    key=lambda path: str(path),
)
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
STACK: Final = re.compile(r"^```yaml\n((?:#[^\n]*\n)*stack: .*?)^```$", re.MULTILINE | re.DOTALL)
TARGET: Final = re.compile(r"(?:^    |`)make ([a-z]+)", re.MULTILINE)
TEST: Final = re.compile(r"`(tests/[\w/.-]+?\.py)(?:::(\w+))?`")
PARTIES: Final = 8
"""Who may be hostile, in docs/security.md."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_links_lead_somewhere() -> None:
    links = {(document, link) for document in DOCUMENTS for link in LINK.findall(document.read_text(encoding="utf-8"))}
    lost = [
        (name(document), link)
        for document, link in links
        if "://" not in link and not (document.parent / link).exists()
    ]
    assert sorted(lost) == []


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        target: document for document in DOCUMENTS for target in TARGET.findall(document.read_text(encoding="utf-8"))
    }
    lost = {target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)}
    assert {target: name(named[target]) for target in lost} == {}


def test_tests_exist() -> None:
    named = {(document, *test) for document in DOCUMENTS for test in TEST.findall(document.read_text(encoding="utf-8"))}
    lost = [
        (name(document), f"{file}::{function}")
        for document, file, function in named
        if not (ROOT / file).is_file()
        or (function and not re.search(rf"^def {function}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))
    ]
    assert sorted(lost) == []


def test_each_promise_names_its_test() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    parties = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    promises = [line for party in parties for line in party.splitlines() if line.startswith("| ")]
    told = [line for line in promises if not line.startswith(("| Promised |", "| ---"))]
    assert [line for line in told if not TEST.search(line.split(" | ")[-1])] == []
    assert sum("| Promised | Not promised | Test |" in party for party in parties) == PARTIES


@pytest.mark.parametrize(
    "document", [document for document in DOCUMENTS if STACK.search(document.read_text(encoding="utf-8"))], ids=name
)
def test_a_stack_that_is_shown_is_valid(document: Path, tmp_path: Path) -> None:
    for text in STACK.findall(document.read_text(encoding="utf-8")):
        (tmp_path / "stack.yaml").write_text(text, encoding="utf-8")
        load_stack(tmp_path / "stack.yaml", keys=None)


def test_the_readme_shows_a_stack_of_twenty_lines() -> None:
    (stack,) = STACK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(stack.splitlines()) == 20


@pytest.mark.parametrize("stack", sorted((ROOT / "examples").glob("*/stack.yaml")), ids=name)
def test_an_editor_finds_nothing_wrong_with_an_example(stack: Path) -> None:
    schema = json.loads((ROOT / "schemas" / "stack.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(YAML(typ="safe").load(stack))
