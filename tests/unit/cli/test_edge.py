"""What reaches the terminal at the edge of the program."""

import pytest

from virtwright.cli import command, command_line
from virtwright.cli.session import Session
from virtwright.cli.settings import Settings
from virtwright.errors import Problem


def test_an_error_that_went_through_no_run_shows_no_secret_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "latest_settings", Settings(json=True))
    monkeypatch.setattr(command, "latest_scrub", lambda text: text.replace("hidden", "[secret]"))
    command_line._report([Problem("it said hidden", hint="try:\n    curl hidden")])
    shown = capsys.readouterr()
    assert "hidden" not in shown.out + shown.err
    assert shown.out.count("[secret]") == shown.err.count("[secret]") == 2


def test_what_hosts_say_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Session(Settings()).warn("left out: vm \x1b[2Jold\nnext line")
    assert capsys.readouterr().err == "left out: vm \\x1b[2Jold\nnext line\n"
