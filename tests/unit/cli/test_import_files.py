"""The stack's file while an import asks."""

from pathlib import Path

import pytest

from virtwright.cli.importing.carrying_out import refuse_changed
from virtwright.errors import RefusedError


def test_a_file_that_was_edited_while_the_question_stood_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    refuse_changed(file, None)
    file.write_text("stack: shop\n")
    refuse_changed(file, "stack: shop\n")
    for before in ("stack: other\n", None):
        with pytest.raises(RefusedError, match="changed in the meantime"):
            refuse_changed(file, before)
