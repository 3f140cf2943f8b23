"""Types ``virtwright convert --to python``: a stack changes its language, and nothing on its hosts."""

import io
import json
from pathlib import Path

import pytest

from virtwright.cli.command_line import run
from virtwright.stacks.cipher import Cipher

STACK = """
stack: shop
hosts:
  here: {uri: "namespace://@root"}
config:
  copies: {type: integer, default: 2}
volumes:
  data: {size: 4MiB, count: "${config.copies}"}
outputs:
  path: "${volumes.data-0.path}"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "stack.yaml").write_text(STACK.replace("@root", str(tmp_path / "root")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.root
def test_an_applied_stack_moves_to_python_without_a_change(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "stack.yaml", "--yes"]) == 0
    try:
        assert run(["convert", "stack.yaml", "--to", "python"]) == 0
        assert "virtwright plan stack-python" in capsys.readouterr().err
        assert run(["plan", "stack-python", "--exit-code"]) == 0
    finally:
        assert (
            run(["destroy", "stack.yaml", "--yes", "--allow-data-loss", "data-0", "--allow-data-loss", "data-1"]) == 0
        )


def test_files_that_are_there_are_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "stack.yaml", "--to", "python", "--output", "made"]) == 0
    program = folder / "made" / "__main__.py"
    program.write_text("mine")
    capsys.readouterr()
    assert run(["convert", "stack.yaml", "--to", "python", "--output", "made"]) == 1
    assert "is there already" in capsys.readouterr().err and program.read_text() == "mine"
    assert run(["convert", "stack.yaml", "--to", "python", "--output", "made", "--force"]) == 0
    assert "import virtwright as vw" in program.read_text()


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "stack.yaml", "--to", "python", "--output", "-"]) == 0
    compile(capsys.readouterr().out, "printed", "exec")
    assert run(["--json", "convert", "stack.yaml", "--to", "python", "--output", "-"]) == 0
    assert set(json.loads(capsys.readouterr().out)["files"]) == {"Pulumi.yaml", "__main__.py"}


def test_a_file_that_is_no_stack_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    assert run(["convert", "compose.yaml", "--to", "python"]) == 1
    assert "the stack has no name" in capsys.readouterr().err
    assert not (folder / "compose-python").exists()


def test_the_configuration_goes_with_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "stack.yaml").write_text(
        "stack: shop\nhosts:\n  here: {uri: 'namespace:///'}\nconfig:\n  copies: {type: integer}\n"
        "  password: {secret: true}\nvolumes:\n  data: {size: 4MiB, count: '${config.copies}'}\n"
        "outputs: {password: '${config.password}'}\n"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2-hunter2"))
    for words in (["copies", "3"], ["password"]):
        assert run(["config", "set", *words, "--stack", "prod"]) == 0
    assert run(["convert", "stack.yaml", "--to", "python"]) == 0
    told = (folder / "stack-python" / "Pulumi.prod.yaml").read_text()
    assert "shop:password" in told and "v1:" in told and "v2:" not in told and "hunter2" not in told
    monkeypatch.chdir(folder / "stack-python")
    capsys.readouterr()
    assert run(["config", "get", "password", "--stack", "prod", "--show-secrets"]) == 0
    assert run(["config", "get", "copies", "--stack", "prod"]) == 0
    assert capsys.readouterr().out.splitlines() == ["hunter2-hunter2", "3"]


def test_a_secret_that_can_not_be_read_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cipher = Cipher.from_passphrase("password")
    secured = cipher.encrypt_for_pulumi("3", "config.copies")
    (folder / "stack.prod.yaml").write_text(
        f"encryptionsalt: '{cipher.salt}'\nconfig: {{copies: {{secure: '{secured}'}}}}\n"
    )
    assert run(["convert", "stack.yaml", "--to", "python"]) == 1
    assert "no key" in capsys.readouterr().err and not (folder / "stack-python").exists()
