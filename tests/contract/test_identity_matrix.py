"""Whose an object is, in each situation of ``situations.py`` on each provider. The table is printed into ``docs/ownership.md``."""

from pathlib import Path

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.ownership_table import COLUMNS, printed
from tests.contract.situations import SITUATIONS, Situation

DOCUMENT = Path(__file__).parents[2] / "docs" / "ownership.md"
_CELLS = [
    pytest.param(each, subject.name, id=f"{each.name}-{subject.name}", marks=marks)
    for subject, marks in COLUMNS
    for each in SITUATIONS
    if not each.lacks(subject)
]


@pytest.mark.parametrize(("situation", "name"), _CELLS)
def test_whose_it_is(situation: Situation, name: str, open_stage: OpenStage, tmp_path: Path) -> None:
    situation.play(open_stage(name), tmp_path / "beside")


def test_the_document_has_the_table() -> None:
    """Where it fails: ``.venv/bin/python -m tests.contract.ownership_table`` writes it."""
    assert printed() in DOCUMENT.read_text()
