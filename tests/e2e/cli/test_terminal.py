"""What is seen on a terminal: questions, colours, the live view."""

import re

import pytest
from tests import fake_scheme
from tests.e2e.cli.conftest import Shop
from tests.e2e.cli.terminal import Terminal

ESCAPE = "\x1b["


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1)])
def test_apply_asks_and_takes_only_yes(shop: Shop, answer: str, code: int) -> None:
    with Terminal(shop, "apply") as terminal:
        terminal.wait_for("Apply these changes? [y/N]")
        terminal.send(answer)
        assert terminal.finish() == code
        assert ("Nothing was changed." in terminal.text) == (code == 1)
    assert len(shop.world.names()) == (0 if code else 4)


def test_ctrl_c_at_the_question_changes_nothing(shop: Shop) -> None:
    with Terminal(shop, "apply") as terminal:
        terminal.wait_for("[y/N]")
        terminal.process.send_signal(2)
        assert terminal.finish() == 130
        assert "Traceback" not in terminal.text
    assert shop.world.names() == []


def test_the_live_view_shows_what_runs_and_what_is_done(shop: Shop) -> None:
    with Terminal(shop, "apply", "--yes", environment={fake_scheme.FAULT: "create:db:slow"}) as terminal:
        assert terminal.finish() == 0
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.text)
    assert re.search(r"vms\.db creating \d\.\ds", text)
    assert "to go" in text
    assert "✓ vms.db created" in text
    assert "Done in" in text
    assert ESCAPE + "?25h" in terminal.text, "the cursor is shown again"


@pytest.mark.parametrize(("arguments", "environment"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_no_colour_means_none(shop: Shop, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    with Terminal(shop, "plan", *arguments, environment=environment) as terminal:
        assert terminal.finish() == 0
    assert "+ vms.db create" in terminal.text
    assert ESCAPE not in terminal.text


def test_a_plan_has_colours_on_a_terminal(shop: Shop) -> None:
    with Terminal(shop, "plan") as terminal:
        assert terminal.finish() == 0
    assert ESCAPE + "32m" in terminal.text


def test_a_terminal_that_can_not_move_its_cursor_gets_plain_lines(shop: Shop) -> None:
    with Terminal(shop, "apply", "--yes", environment={"TERM": "dumb"}) as terminal:
        assert terminal.finish() == 0
    assert ESCAPE not in terminal.text
    assert re.search(r"\d\d:\d\d:\d\d ✓ vms\.db created", terminal.text)


def test_logs_can_not_steer_a_terminal(applied: Shop) -> None:
    with Terminal(applied, "logs", "web", "--no-color") as terminal:
        assert terminal.finish() == 0
    assert "line 0 \\x1b[31mred" in terminal.text


def test_an_output_can_not_steer_a_terminal(shop: Shop) -> None:
    shop.edit("http://127.0.0.1:8080", r"\e]0;title\a")
    assert shop.type("apply", "--yes").code == 0
    assert shop.type("output", "url").out == "\x1b]0;title\x07\n"
    with Terminal(shop, "output", "url") as terminal:
        assert terminal.finish() == 0
    assert terminal.text == "\\x1b]0;title\\x07\r\n"


def test_a_secret_is_asked_for_without_an_echo(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTWRIGHT_CONFIG_DB_PASSWORD")
    with Terminal(shop, "config", "set", "--secret", "db_password") as terminal:
        terminal.wait_for("db_password: ")
        terminal.send("s3cret-s3cret\n")
        assert terminal.finish() == 0
    assert "s3cret" not in terminal.text
    assert shop.type("config", "get", "db_password", "--show-secrets").out == "s3cret-s3cret\n"


@pytest.mark.parametrize("columns", [40, 80])
def test_the_live_view_fits_a_narrow_terminal(shop: Shop, columns: int) -> None:
    with Terminal(
        shop, "apply", "--yes", columns=columns, environment={fake_scheme.FAULT: "create:db:slow"}
    ) as terminal:
        assert terminal.finish() == 0
    live = [
        line for line in re.split(r"\r|\n", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.text)) if "creating" in line
    ]
    assert live
    assert max(map(len, live)) <= columns
