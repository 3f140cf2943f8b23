"""What a saved plan of a program is bound to: all that the program may read, but no plan of it."""

from pathlib import Path

from virtwright.stacks.plan_mark import MARK
from virtwright.stacks.python.digest import files_digest
from virtwright.stacks.python.project import read_project


def test_a_plan_that_is_saved_beside_the_program_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "settings.json").write_text("{}")
    project = read_project(tmp_path / "Pulumi.yaml")
    before = files_digest(project)
    plan = tmp_path / "plan.json"
    plan.write_text(f'{{"{MARK}":2}}')
    assert files_digest(project) == before
    plan.write_text(f'{{"other":"{MARK}"}}')
    assert files_digest(project) != before
    plan.unlink()
    (tmp_path / "settings.json").write_text('{"a":1}')
    assert files_digest(project) != before
