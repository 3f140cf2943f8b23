"""The operator's settings: what is in them, whose they may be, and how they are changed."""

import json
import os
import tomllib
from pathlib import Path

import jsonschema
import pytest

from virtwright.cli.trusting import trust_in
from virtwright.errors import InputError, RefusedError
from virtwright.operator_settings import OperatorSettings, change_settings, read_settings, settings_file, to_toml


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "virtwright").mkdir(parents=True, mode=0o700)
    return settings_file(os.environ)


def written(file: Path, text: str, mode: int = 0o600) -> OperatorSettings:
    file.write_text(text)
    file.chmod(mode)
    return read_settings(os.environ)


def test_without_a_file_nothing_is_allowed(file: Path) -> None:
    assert read_settings(os.environ) == OperatorSettings()


def test_home_is_where_the_user_has_it(file: Path) -> None:
    (path,) = written(file, 'allow_path = ["~/shared"]\n').paths
    assert path == Path.home() / "shared"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('allowed_hosts = []\nallow_hosts = ["x"]\n', 2, "unknown key 'allow_hosts'"),
        ("allowed_hosts = 1\n", 1, "expected a list of texts"),
        ('\nallowed_hosts = ["web1"]\n', 2, "expected a URI"),
        ('allow_path = ["relative"]\n', 1, "expected a path"),
        ('allow_path = ["/etc/../srv"]\n', 1, "expected a path"),
        ('allowed_hosts = ["docker+ssh://u:hunter2@h"]\n', 1, "expected a URI"),
        ('allowed_hosts = ["docker+ssh://u%3Ahunter2@h"]\n', 1, "expected a URI"),
        ('allowed_hosts = ["docker+ssh://root@*"]\n', 1, "expected a URI"),
        ("allow_path = [\n", None, "this is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(file: Path, text: str, line: int | None, message: str) -> None:
    with pytest.raises(InputError) as raised:
        written(file, text)
    (problem,) = raised.value.problems
    assert problem.message.startswith(message) and "hunter2" not in problem.message
    assert (problem.where.file, problem.where.line) == (str(file), line)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_what_others_can_write_is_refused(file: Path, mode: int) -> None:
    assert written(file, "allow_path = []\n", 0o644) == OperatorSettings()
    with pytest.raises(RefusedError, match="can be written by others"):
        written(file, "allow_path = []\n", mode)
    file.chmod(0o600)
    file.parent.chmod(0o777)
    with pytest.raises(RefusedError, match="can be written by others"):
        read_settings(os.environ)


def test_each_folder_on_the_way_is_the_operators(file: Path, tmp_path: Path) -> None:
    """Who can write in one of them decides which file it is, also where a link leads through it."""
    written(file, "allow_path = []\n")
    (tmp_path / "config").chmod(0o777)
    with pytest.raises(RefusedError, match="can be written by others"):
        read_settings(os.environ)
    (tmp_path / "config").chmod(0o1777)
    assert read_settings(os.environ) == OperatorSettings()
    (tmp_path / "config").chmod(0o700)
    open_to_all = tmp_path / "open"
    (open_to_all / "own").mkdir(parents=True)
    open_to_all.chmod(0o777)
    file.rename(open_to_all / "own" / "config.toml")
    file.symlink_to(open_to_all / "own" / "config.toml")
    with pytest.raises(RefusedError, match="can be written by others"):
        read_settings(os.environ)


@pytest.mark.root
def test_what_another_user_owns_is_refused(file: Path) -> None:
    written(file, "allow_path = []\n")
    os.chown(file, 12345, 12345)
    with pytest.raises(RefusedError, match="belong to another user"):
        read_settings(os.environ)


def test_a_fifo_holds_nobody_up(file: Path) -> None:
    os.mkfifo(file, 0o600)
    with pytest.raises(InputError, match="is not a regular file"):
        read_settings(os.environ)


def test_a_strangers_folder_has_no_settings(file: Path, tmp_path: Path) -> None:
    written(file, "allow_path = []\n")
    assert read_settings(os.environ, stranger=tmp_path / "checkout") == OperatorSettings()
    with pytest.raises(RefusedError, match="from the checkout of the stack"):
        read_settings(os.environ, stranger=tmp_path / "config")
    (tmp_path / "link").symlink_to(tmp_path / "config")
    with pytest.raises(RefusedError, match="from the checkout of the stack"):
        read_settings({"XDG_CONFIG_HOME": str(tmp_path / "link")}, stranger=tmp_path / "config")


def test_a_stack_in_a_folder_of_its_checkout_brings_no_settings_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a state, nor a key by which a host is known. A submodule is part of the repository that it lies in."""
    (tmp_path / "checkout" / ".git").mkdir(parents=True)
    stack = tmp_path / "checkout" / "module" / "sub"
    stack.mkdir(parents=True)
    (stack.parent / ".git").write_text("gitdir: ../.git/modules/module\n")
    settings = tmp_path / "checkout" / "xdg"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    with pytest.raises(RefusedError, match="from the checkout of the stack"):
        trust_in(stack, untrusted=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    trust = trust_in(stack, untrusted=True)
    for check in (trust.check_state, trust.check_host_file):
        check(str(tmp_path / "own" / "file"))
        with pytest.raises(RefusedError):
            check(str(settings / "file"))


def test_settings_are_changed_and_read_again(file: Path) -> None:
    hard = OperatorSettings(allow_path=('/a "b"\\c', "/ünï"), allowed_hosts=("docker+ssh://root@web1",))
    assert OperatorSettings.model_validate(tomllib.loads(to_toml(hard))) == hard
    change_settings(lambda now: hard)
    assert read_settings(os.environ) == hard
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError):
        change_settings(lambda now: now.model_copy(update={"allow_path": ("relative",)}))
    assert read_settings(os.environ) == hard


def test_comments_are_not_lost(file: Path) -> None:
    written(file, "# why\nallow_path = []\n")
    with pytest.raises(InputError, match="comments"):
        change_settings(lambda now: now)


def test_the_schema_says_what_the_file_takes() -> None:
    schema = OperatorSettings.model_json_schema()
    jsonschema.validate(json.loads('{"allowed_hosts": ["docker:///"], "allow_path": ["/a"]}'), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"allowed": []}, schema)
