"""What ``status`` says below its table."""

from io import StringIO

from rich.console import Console

from virtwright.cli.render.status import print_status
from virtwright.cli.status import UNREACHABLE, Row


def said(*rows: Row) -> list[str]:
    out = StringIO()
    print_status(Console(file=out, width=200), rows)
    return out.getvalue().splitlines()[1 + len(rows) :]


def row(name: str, state: str, *drift: str, host: str = "box") -> Row:
    return Row(name, "Container", host, state, "", "", "2026-01-01T00:00:00Z", drift)


def test_a_host_that_can_not_be_reached_is_told_once() -> None:
    silent = [row(f"containers.{name}", UNREACHABLE, "could not connect") for name in ("a", "b")]
    other = row("containers.c", UNREACHABLE, "no such key", host="far")
    assert said(*silent, other) == [
        "box: could not connect",
        "far: no such key",
        "3 of 3 not as they should be; virtwright host check tests the hosts.",
    ]


def test_what_is_wrong_with_each_is_told_by_its_name() -> None:
    assert said(row("containers.a", "running"), row("containers.b", "exited", "state is exited", "cpus is 2")) == [
        "containers.b: state is exited",
        "containers.b: cpus is 2",
        "1 of 2 not as they should be; virtwright plan shows what apply would do.",
    ]
