"""When a run of mutants fails."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.mutation.modules import listed
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.survivors import Reason, Run, Survivors, markdown, table

TWO = mutants(b"def f(a: int) -> bool:\n    return a < 3\n")[:2]
NAMES = [mutant.name for mutant in TWO]


def run(survivors: Sequence[Mutant], tried: int = 100) -> Run:
    return Run("virtwright.m", [*survivors], tried)


def known(*names: str, reason: Reason = Reason.ELSEWHERE) -> Survivors:
    return Survivors({("virtwright.m", name): reason for name in names})


@pytest.mark.parametrize(
    ("survivors", "ran", "wrong"),
    [
        (known(), run([]), []),
        (known(*NAMES), run(TWO), []),
        (known(NAMES[0]), run(TWO), [f"virtwright.m:2 survived: {NAMES[1]}"]),
        (known(*NAMES), run(TWO[1:]), [f"virtwright.m: listed, and killed or gone: {NAMES[0]}"]),
        (known(*NAMES), run(TWO, 40), []),
        (known(*NAMES), run(TWO, 39), ["Fewer than 95% were killed."]),
        (known(NAMES[0], reason=Reason.EQUIVALENT), run(TWO[:1], 33), ["More than 3% are listed as equivalent."]),
        (known(NAMES[0], reason=Reason.EQUIVALENT), run(TWO[:1], 34), []),
    ],
)
def test_what_a_run_must_be(survivors: Survivors, ran: Run, wrong: list[str]) -> None:
    assert survivors.judge([ran], is_whole=True) == wrong


def test_a_part_of_a_run_does_not_tell_what_is_killed() -> None:
    assert known(*NAMES).judge([run([])], is_whole=False) == []


def test_an_entry_needs_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "list.toml"
    file.write_text('[["virtwright.m"]]\nmutant = "x"\nreason = "equivalent"\nwhy = ""\n', encoding="utf-8")
    with pytest.raises(ValueError, match="no reason for x"):
        Survivors.read(file)


def test_the_list_names_modules_that_are_tried() -> None:
    """Whether its mutants are still there, a run tells."""
    assert {module for module, _ in Survivors.read().known} <= listed().keys()


def test_the_table_has_a_line_for_each_module_and_one_for_all() -> None:
    runs = [Run("virtwright.n", [], 10, 1.4), Run("virtwright.m", [*TWO], 40, 2.4)]
    figures = known(NAMES[0], reason=Reason.EQUIVALENT).figures(runs)
    assert [*markdown(figures)][2:] == [
        "| `m` | 40 | 38 | 2 | 1 | 2 |",
        "| `n` | 10 | 10 | 0 | 0 | 1 |",
        "| `all` | 50 | 48 | 2 | 1 | 4 |",
    ]
    assert [line.split() for line in table(figures)][1:] == [
        ["m", "40", "38", "2", "1", "95.0"],
        ["n", "10", "10", "0", "0", "100.0"],
        ["all", "50", "48", "2", "1", "96.0"],
    ]
