"""Two files have a stack of one name, and the state tells them apart; what is only moved, cloned or renamed is the same."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from tests import git_lab
from tests.e2e.cli.conftest import Answer, Shop

STACK: Final = """\
stack: blog
hosts:
  here: {uri: "fake://one"}
volumes:
  data: {size: 1GiB}
containers:
  web: {image: host, command: [serve]}
"""
SMALLER: Final = STACK.replace("containers:\n  web: {image: host, command: [serve]}\n", "")
LARGER: Final = STACK + "  more: {image: host, command: [serve]}\n"
PROGRAM: Final = 'import virtwright as vw\nvw.Volume("data", size="1GiB", opts=None)\n'


@dataclass
class Desk:
    """Types in one folder or another, with one state."""

    shop: Shop
    place: Path
    monkeypatch: pytest.MonkeyPatch

    def write(self, name: str, text: str = STACK) -> Path:
        """A stack's file below the place."""
        file = self.place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def type(self, folder: Path, *words: str) -> Answer:
        self.monkeypatch.chdir(folder)
        return self.shop.type(*words)

    def apply(self, folder: Path, *words: str) -> Answer:
        done = self.type(folder, "apply", "--yes", *words)
        assert done.code == 0, done.err
        return done

    def is_taken(self, folder: Path, *words: str) -> Answer:
        """This source is the stack's: a plan that deletes is made."""
        made = self.type(folder, "plan", *words)
        assert made.code == 0 and "containers.web delete" in made.out, made.err
        assert "source" not in made.err, made.err
        return made

    def is_refused(self, folder: Path, *words: str) -> Answer:
        """It is another one, by a plan, and by an apply that was agreed to."""
        before = self.shop.world.objects()
        for command in (("plan",), ("apply", "--yes")):
            refused = self.type(folder, *command, *words)
            assert refused.code == 1, refused.out
            assert "was last applied from another source" in refused.err and "--new-source" in refused.err, refused.err
            assert "delete containers.web" in refused.err, refused.err
        assert self.shop.world.objects() == before
        return refused

    def source(self) -> dict[str, str]:
        """What the state remembers."""
        exported = self.shop.type("state", "export", "--stack", "blog/blog")
        told: dict[str, str] = json.loads(exported.out)["stack"]["source"]
        return told


@pytest.fixture
def desk(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    place = tmp_path / "desk"
    place.mkdir()
    return Desk(shop, place, monkeypatch)


def test_another_folder_deletes_nothing_until_it_is_said_to_be_the_new_source(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml", SMALLER)
    desk.apply(first.parent)
    refused = desk.is_refused(second.parent)
    assert str(first) in refused.err and str(second) in refused.err
    desk.apply(second.parent, "--new-source")
    assert [each.kind for each in desk.shop.world.objects()] == ["Volume"]
    assert desk.source()["file"] == str(second)
    first.write_text("stack: blog\nhosts: {here: {uri: 'fake://one'}}\n")
    refused = desk.type(first.parent, "apply", "--yes", "--allow-data-loss", "data")
    assert refused.code == 1 and "delete volumes.data" in refused.err


def test_a_replacement_is_refused_too(desk: Desk) -> None:
    first = desk.write("first/stack.yaml")
    second = desk.write("second/stack.yaml", STACK.replace("[serve]", "[other]"))
    desk.apply(first.parent)
    refused = desk.type(second.parent, "apply", "--yes")
    assert refused.code == 1 and "replace containers.web" in refused.err


def test_destroy_from_another_folder_is_refused_and_by_its_name_is_not(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml")
    desk.apply(first.parent)
    for words in (("destroy", "--yes"), ("plan", "--destroy")):
        refused = desk.type(second.parent, *words, "--allow-data-loss", "data")
        assert refused.code == 1 and "delete containers.web" in refused.err, refused.err
    assert len(desk.shop.world.objects()) == 2
    named = ("destroy", "--stack", "blog/blog", "--yes", "--allow-data-loss", "data")
    assert desk.type(second.parent, *named).code == 1
    assert len(desk.shop.world.objects()) == 2
    desk.write("news/stack.yaml", STACK.replace("blog", "news"))
    assert desk.type(desk.place / "news", *named).code == 0, "the file that lies there is another stack's"
    assert desk.shop.world.objects() == []


ONE_FIELD: Final = STACK.replace("image: host,", "image: host, labels: {by: other},")


@pytest.mark.parametrize(("text", "told"), [(LARGER, "create containers.more"), (ONE_FIELD, "update containers.web")])
@pytest.mark.parametrize("target", [(), ("--target", "containers.more", "--target", "containers.web")])
def test_a_source_that_adds_or_changes_in_place_is_refused_too(
    desk: Desk, text: str, told: str, target: tuple[str, ...]
) -> None:
    """Its next apply would delete what it lacks, or the first source's what it adds."""
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml", text)
    desk.apply(first.parent)
    target = target if text == LARGER else target[2:]
    for command in (("plan",), ("apply", "--yes")):
        refused = desk.type(second.parent, *command, *target)
        assert refused.code == 1 and told in refused.err, refused.err
    desk.apply(second.parent, "--new-source", *target)
    assert desk.source()["file"] == str(second)
    refused = desk.type(first.parent, "apply", "--yes")
    assert refused.code == 1, refused.out


def test_a_source_that_changes_nothing_is_not_remembered(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml")
    desk.apply(first.parent)
    assert "source" not in desk.apply(second.parent).err
    desk.apply(second.parent, "--target", "containers.web")
    assert desk.source()["file"] == str(first)
    second.write_text(SMALLER)
    desk.is_refused(second.parent)


def test_an_empty_stack_is_anybodys(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml", SMALLER)
    desk.apply(first.parent)
    assert desk.type(first.parent, "destroy", "--yes", "--allow-data-loss", "data").code == 0
    assert "source" not in desk.apply(second.parent).err
    assert desk.source()["file"] == str(second)


def test_a_state_from_before_learns_it_at_the_next_apply(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml", SMALLER)
    desk.apply(first.parent)
    document = json.loads(desk.type(first.parent, "state", "export").out)
    del document["stack"]["source"]
    (first.parent / "old.json").write_text(json.dumps({**document, "version": 2}))
    assert desk.type(first.parent, "state", "remove", "--stack", "blog/blog", "--yes").code in (0, 1)
    other = str(desk.place / "other.db")
    assert desk.type(first.parent, "state", "import", "old.json", "--yes", "--state", other).code == 0
    desk.is_taken(second.parent, "--state", other)
    assert desk.type(first.parent, "apply", "--yes", "--state", other).code == 0
    refused = desk.type(second.parent, "apply", "--yes", "--state", other)
    assert refused.code == 1 and "another source" in refused.err


def _moved_folder(desk: Desk) -> Path:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    shutil.move(first.parent, desk.place / "moved")
    return desk.write("moved/stack.yaml", SMALLER).parent


def _renamed_file(desk: Desk) -> Path:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    first.unlink()
    return desk.write("first/blog.yaml", SMALLER).parent


def _path_that_another_stack_has_now(desk: Desk) -> Path:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    desk.write("first/stack.yaml", STACK.replace("blog", "news"))
    return desk.write("second/stack.yaml", SMALLER).parent


def _other_spelling(desk: Desk) -> Path:
    first = desk.write("first/stack.yaml")
    (desk.place / "link").symlink_to(first.parent)
    desk.apply(first.parent)
    desk.write("first/stack.yaml", SMALLER)
    return desk.place / "link"


def _new_repository(desk: Desk) -> Path:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    git_lab.repository(first.parent)
    return desk.write("first/stack.yaml", SMALLER).parent


def _clone(desk: Desk) -> Path:
    git_lab.repository(desk.write("first/prod/stack.yaml").parents[1])
    desk.apply(desk.place / "first" / "prod")
    git_lab.clone(desk.place / "first", desk.place / "clone")
    return desk.write("clone/prod/stack.yaml", SMALLER).parent


def _worktree(desk: Desk) -> Path:
    git_lab.repository(desk.write("first/stack.yaml").parent)
    desk.apply(desk.place / "first")
    git_lab.git(desk.place / "first", "worktree", "add", "--quiet", str(desk.place / "tree"))
    return desk.write("tree/stack.yaml", SMALLER).parent


def _shallow_clone(desk: Desk) -> Path:
    """Of the same origin, later than the last apply."""
    git_lab.repository(desk.write("origin/stack.yaml").parent)
    desk.apply(git_lab.clone(desk.place / "origin", desk.place / "first"))
    for _ in range(3):
        git_lab.commit(desk.place / "origin")
    git_lab.clone(desk.place / "origin", desk.place / "job", depth=1)
    return desk.write("job/stack.yaml", SMALLER).parent


def _shallow_clone_before(desk: Desk) -> Path:
    """The last apply was made by the job of a pipeline, which goes by another name of the origin."""
    git_lab.repository(desk.write("origin/stack.yaml").parent)
    git_lab.commit(desk.place / "origin")
    desk.apply(git_lab.clone(desk.place / "origin", desk.place / "job", depth=1))
    git_lab.commit(desk.place / "origin")
    git_lab.clone(desk.place / "origin", desk.place / "full")
    git_lab.git(desk.place / "full", "remote", "set-url", "origin", "https://job:token@git.example.org/blog.git")
    return desk.write("full/stack.yaml", SMALLER).parent


def _renamed_in_the_repository(desk: Desk) -> Path:
    git_lab.repository(desk.write("first/stack.yaml").parent)
    desk.apply(desk.place / "first")
    (desk.place / "first" / "prod").mkdir()
    git_lab.git(desk.place / "first", "mv", "stack.yaml", "prod/blog.yaml")
    git_lab.commit(desk.place / "first")
    git_lab.clone(desk.place / "first", desk.place / "clone")
    return desk.write("clone/prod/blog.yaml", SMALLER).parent


def _somebody_elses_checkout(desk: Desk) -> Path:
    """Git itself refuses one that another user owns."""
    folder = _clone(desk)
    for each in (desk.place / "clone", *(desk.place / "clone").rglob("*")):
        os.chown(each, 65534, 65534, follow_symlinks=False)
    return folder


SAME: Final[dict[str, Callable[[Desk], Path]]] = {
    "a moved folder": _moved_folder,
    "a renamed file": _renamed_file,
    "the path of before has another stack now": _path_that_another_stack_has_now,
    "a link leads to the folder": _other_spelling,
    "the folder became a repository": _new_repository,
    "a clone": _clone,
    "a worktree": _worktree,
    "a shallow clone": _shallow_clone,
    "a full clone after a shallow one": _shallow_clone_before,
    "renamed in the repository": _renamed_in_the_repository,
}


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_it_is_the_same_source(desk: Desk, make: Callable[[Desk], Path]) -> None:
    desk.is_taken(make(desk))


@pytest.mark.root
def test_a_checkout_of_another_user_is_the_same_source(desk: Desk) -> None:
    desk.is_taken(_somebody_elses_checkout(desk))


def _copied_folder(desk: Desk) -> Path:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    shutil.copytree(first.parent, desk.place / "copy")
    return desk.write("copy/stack.yaml", SMALLER).parent


def _broken_file_at_the_old_path(desk: Desk) -> Path:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    first.write_text("stack: [")
    return desk.write("second/stack.yaml", SMALLER).parent


def _another_repository(desk: Desk) -> Path:
    git_lab.repository(desk.write("first/stack.yaml").parent)
    git_lab.repository(desk.write("second/stack.yaml").parent)
    desk.apply(desk.place / "first")
    return desk.write("second/stack.yaml", SMALLER).parent


def _another_repository_at_the_same_path(desk: Desk) -> Path:
    folder = _another_repository(desk)
    shutil.rmtree(desk.place / "first")
    return folder.rename(desk.place / "first")


def _another_place_in_the_repository(desk: Desk) -> Path:
    desk.write("first/prod/stack.yaml")
    desk.write("first/test/stack.yaml")
    git_lab.repository(desk.place / "first")
    desk.apply(desk.place / "first" / "prod")
    return desk.write("first/test/stack.yaml", SMALLER).parent


def _shallow_clone_of_another(desk: Desk) -> Path:
    git_lab.repository(desk.write("first/stack.yaml").parent)
    git_lab.repository(desk.write("origin/stack.yaml").parent)
    git_lab.commit(desk.place / "origin")
    desk.apply(git_lab.clone(desk.place / "first", desk.place / "one"))
    git_lab.clone(desk.place / "origin", desk.place / "job", depth=1)
    return desk.write("job/stack.yaml", SMALLER).parent


def _folder_of_another_machine(desk: Desk) -> Path:
    folder = _moved_folder(desk)
    desk.monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    return folder


OTHER: Final[dict[str, Callable[[Desk], Path]]] = {
    "a copied folder": _copied_folder,
    "a file at the old path that nobody can read": _broken_file_at_the_old_path,
    "another repository": _another_repository,
    "another repository at the same path": _another_repository_at_the_same_path,
    "another place in the repository": _another_place_in_the_repository,
    "a shallow clone of another repository": _shallow_clone_of_another,
    "a folder of another machine": _folder_of_another_machine,
}


@pytest.mark.parametrize("make", OTHER.values(), ids=OTHER)
def test_it_is_another_source(desk: Desk, make: Callable[[Desk], Path]) -> None:
    desk.is_refused(make(desk))


def test_each_environment_has_its_own(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml")
    desk.apply(first.parent, "--stack", "one")
    desk.apply(second.parent, "--stack", "two")
    second.write_text(SMALLER)
    first.write_text(SMALLER)
    for folder, own, other in ((first.parent, "one", "two"), (second.parent, "two", "one")):
        desk.is_taken(folder, "--stack", own)
        desk.is_refused(folder, "--stack", other)


def test_the_file_is_named_on_the_command_line(desk: Desk) -> None:
    first, second = desk.write("one/blog.yaml"), desk.write("one/other.yaml", SMALLER)
    desk.apply(desk.place, str(first))
    desk.is_refused(desk.place, str(second))
    first.write_text(SMALLER)
    desk.is_taken(first.parent, "blog.yaml")


def test_a_python_stack_is_known_by_its_project(desk: Desk) -> None:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    program = desk.place / "python"
    converted = desk.type(first.parent, "convert", "stack.yaml", "--to", "python", "--output", str(program))
    assert converted.code == 0, converted.err
    desk.apply(program, "--new-source")
    assert desk.source()["file"] == str(program / "Pulumi.yaml")
    moved = program.rename(desk.place / "moved")
    text = (moved / "__main__.py").read_text()
    start = text.index("vw.Container(")
    (moved / "__main__.py").write_text(text[: text.rindex("\n", 0, start) + 1])
    desk.is_taken(moved)
    first.write_text(SMALLER)
    (moved / "__main__.py").write_text(text)
    desk.apply(moved)
    desk.is_refused(first.parent)


def test_a_saved_plan_is_carried_out_wherever_it_fits(desk: Desk) -> None:
    first = desk.write("first/stack.yaml")
    desk.apply(first.parent)
    first.write_text(SMALLER)
    assert desk.type(first.parent, "plan", "--out", "saved.plan").code == 0
    assert "blog" not in json.dumps(json.loads((first.parent / "saved.plan").read_text())["options"]["source"])
    shutil.copytree(first.parent, desk.place / "job")
    desk.apply(desk.place / "job", "saved.plan")
    assert desk.source()["file"] == str(first)
    refused = desk.type(first.parent, "apply", "saved.plan", "--new-source")
    assert refused.code == 1 and "--new-source" in refused.err


def test_git_is_not_needed(desk: Desk, tmp_path: Path) -> None:
    folder = _clone(desk)
    shutil.rmtree(folder)
    first = desk.place / "first" / "prod"
    (tmp_path / "bin").mkdir()
    desk.monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    desk.monkeypatch.setattr("virtwright.process._SBIN", ())
    (first / "stack.yaml").write_text(SMALLER)
    desk.is_taken(first)
    desk.apply(first)
    assert desk.source()["first_commit"], "what is known of it stays"
    shutil.copytree(first.parent, desk.place / "second")
    desk.write("second/prod/stack.yaml", "stack: blog\nhosts: {here: {uri: 'fake://one'}}\n")
    refused = desk.type(desk.place / "second" / "prod", "plan", "--allow-data-loss", "data")
    assert refused.code == 1 and "delete volumes.data" in refused.err
    assert "Git tells nothing of its repository" in refused.err


def test_git_runs_nothing_that_the_repository_names_and_is_given_no_variable(desk: Desk) -> None:
    """Hooks, a monitor, a transport and aliases of its configuration."""
    git_lab.repository(desk.write("origin/stack.yaml").parent)
    git_lab.commit(desk.place / "origin")
    job = git_lab.clone(desk.place / "origin", desk.place / "job", depth=1)
    trap = desk.write("trap", "#!/bin/sh\necho $0 $@ >> " + str(desk.place / "sprung") + "\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "core.alternateRefsCommand", "core.pager", "alias.rev-parse"):
        git_lab.git(job, "config", key, str(trap))
    git_lab.git(job, "config", "remote.origin.url", "ssh://git@git.example.org/blog.git")
    git_lab.git(job, "config", "remote.origin.promisor", "true")
    git_lab.git(job, "config", "core.repositoryFormatVersion", "1")
    git_lab.git(job, "config", "extensions.partialClone", "origin")
    for hook in ("post-checkout", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(trap, job / ".git" / "hooks" / hook)
    desk.monkeypatch.setenv("GIT_DIR", str(desk.place / "nowhere"))
    desk.apply(job)
    desk.monkeypatch.delenv("GIT_DIR")
    later = git_lab.commit(desk.place / "origin")
    state = desk.source()
    assert state["remote"] == "git.example.org/blog" and state["path"] == "stack.yaml"
    full = git_lab.clone(desk.place / "origin", desk.place / "full")
    assert later == git_lab.git(full, "rev-parse", "HEAD")
    desk.write("job/stack.yaml", SMALLER)
    git_lab.git(job, "config", "remote.origin.url", "ssh://git@git.example.org/other.git")
    desk.apply(full)
    (desk.place / "sprung").unlink(missing_ok=True)
    desk.is_refused(job)  # which makes it look for a commit that it does not have
    assert not (desk.place / "sprung").exists()


def test_a_strangers_stack_has_no_source(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml", SMALLER)
    desk.apply(first.parent)
    desk.is_taken(second.parent, "--untrusted", "--stack", "blog/blog")


def test_it_is_kept_with_the_state(desk: Desk) -> None:
    first = desk.write("first/stack.yaml")
    git_lab.repository(first.parent)
    desk.apply(first.parent)
    document: dict[str, Any] = json.loads(desk.type(first.parent, "state", "export").out)
    known = desk.source()
    assert known["first_commit"] == git_lab.git(first.parent, "rev-parse", "HEAD")
    (first.parent / "state.json").write_text(json.dumps(document))
    other, copy = (str(desk.place / name) for name in ("other.db", "copy.db"))
    assert desk.type(first.parent, "state", "import", "state.json", "--yes", "--state", other).code == 0
    assert desk.type(first.parent, "state", "copy", copy).code == 0
    for place in (other, copy):
        told = json.loads(desk.type(first.parent, "state", "export", "--state", place).out)
        assert told["stack"]["source"] == known
    document["stack"]["source"] = {"file": "/x"}
    (first.parent / "state.json").write_text(json.dumps(document))
    assert desk.type(first.parent, "state", "import", "state.json", "--yes", "--state", other).code == 1


def test_a_recovered_state_has_it(desk: Desk) -> None:
    first, second = desk.write("first/stack.yaml"), desk.write("second/stack.yaml", SMALLER)
    desk.apply(first.parent)
    new = str(desk.place / "new.db")
    assert desk.type(first.parent, "state", "recover", "--yes", "--state", new).code == 0
    refused = desk.type(second.parent, "plan", "--state", new)
    assert refused.code == 1 and "delete containers.web" in refused.err
