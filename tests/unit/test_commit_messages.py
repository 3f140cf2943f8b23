"""The form of commit subjects, and Git's hook that checks it."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

SCRIPT: Final = Path(__file__).parents[2] / ".ci/commit_message.py"
BAD: Final = "Added a thing."
GOOD: Final = "tests: add a thing"


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("commit_message", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = _module()


@pytest.mark.parametrize(
    "subject",
    [
        "namespace: close descriptors before entering the folder",
        "docker, swarm: seed the registry",
        "tests/order: bring the slow ones first",
        "engine: pass what a plan foresaw to the apply",
        "Merge branch 'main' into a-branch-with-a-very-long-name-that-nobody-would-have-typed",
        'Revert "namespace: close descriptors before entering the folder of a container"',
        "fixup! namespace: close descriptors before entering the folder",
        "squash! Whatever.",
    ],
)
def test_this_is_a_subject(subject: str) -> None:
    assert list(check.complaints(subject)) == []


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("namespace: " + "x" * 62, "73 characters"),
        ("namespace: close descriptors.", "period"),
        ("close descriptors before entering the folder", "the area and a colon"),
        ("namespace:close descriptors", "the area and a colon"),
        ("the namespace runtime: close descriptors", "the area and a colon"),
        ("namespace: Close descriptors", "small letter: close"),
        ("namespace: closed descriptors", "not `closed`"),
        ("namespace: closing descriptors", "not `closing`"),
        ("namespace: closes descriptors", "not `closes`"),
    ],
)
def test_this_is_none(subject: str, words: str) -> None:
    assert any(words in each for each in check.complaints(subject))


def test_the_subject_is_the_first_paragraph() -> None:
    message = "\n# a comment\ntests: add\na thing\n\nA body.\n# ------ >8 ------\n"
    assert check.subject_of(message) == "tests: add a thing"
    assert check.subject_of("# ------------------------ >8 ------------------------\ndiff") == ""


class Clone:
    """A repository with the check in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.environment |= {**who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        (folder / ".ci").mkdir(parents=True)
        shutil.copy(SCRIPT, folder / ".ci")
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", ".")

    def git(self, *words: str, code: int = 0, folder: Path | None = None) -> str:
        return self.run("git", *words, code=code, folder=folder)

    def install(self) -> str:
        return self.run(sys.executable, ".ci/commit_message.py", "install")

    def run(self, *words: str, code: int = 0, folder: Path | None = None) -> str:
        place = folder or self.folder
        done = subprocess.run(
            words, cwd=place, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def commit(self, subject: str, code: int = 0, folder: Path | None = None) -> str:
        return self.git("commit", "--quiet", "--allow-empty", "--message", subject, code=code, folder=folder)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_the_hook_refuses_in_the_clone_and_its_worktrees(clone: Clone) -> None:
    shutil.rmtree(clone.folder / ".git/hooks")  # as some templates have it
    assert "commit-msg" in clone.install() and clone.install() == ""
    clone.commit(GOOD)
    assert "period" in clone.commit(BAD, code=1)
    other = clone.folder.parent / "other"
    clone.git("worktree", "add", "--quiet", str(other))
    clone.commit("Added a thing", code=1, folder=other)
    clone.commit(GOOD, folder=other)
    clone.commit("fixup! " + GOOD, folder=other)
    clone.commit("tests: add another", folder=clone.folder)
    clone.git("merge", "--quiet", "--no-ff", "--message", "Whatever a merge is called.", "other")


def test_a_hook_and_a_folder_of_the_users_own_are_left_alone(clone: Clone, tmp_path: Path) -> None:
    hook = clone.folder / ".git/hooks/commit-msg"
    hook.write_text("#!/bin/sh\nexit 0\n")
    assert f"{hook} is your own" in clone.install()
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    clone.git("config", "core.hooksPath", str(tmp_path / "mine"))
    assert "for all repositories" in clone.install()
    assert not (tmp_path / "mine").exists()


def test_an_older_hook_of_ours_is_renewed(clone: Clone) -> None:
    clone.install()
    hook = clone.folder / ".git/hooks/commit-msg"
    wanted = hook.read_text()
    hook.write_text(wanted + "# older\n")
    clone.install()
    assert hook.read_text() == wanted


def test_where_nothing_can_be_written_setup_goes_on(clone: Clone) -> None:
    shutil.rmtree(clone.folder / ".git/hooks")
    (clone.folder / ".git/hooks").touch()
    assert "not checked here" in clone.install()
    shutil.rmtree(clone.folder / ".git")
    assert clone.install() == ""


def test_a_checkout_from_before_the_check_can_commit(clone: Clone) -> None:
    clone.install()
    (clone.folder / ".ci/commit_message.py").unlink()
    clone.commit(BAD)
