"""Only a newline ends a line of what others write: ``str.splitlines`` also splits at ``SEPARATORS``."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.test_layout import PACKAGE, ROOT, python_files

from virtwright.cli.render.fields import _lines as lines_of_a_difference
from virtwright.engine.masking import MASK, Redactor
from virtwright.providers.docker.containers.files import _names
from virtwright.providers.docker.images.dockerfile import line_of_step
from virtwright.providers.namespace import mounts
from virtwright.providers.namespace.cgroups import layout, values
from virtwright.providers.namespace.containers.resolver import resolver_text
from virtwright.providers.namespace.sandbox import host_etc, identity, users
from virtwright.providers.ssh.known_hosts import _read as known_keys
from virtwright.schemas.display import _text as shown
from virtwright.stacks.yaml.insert import add_entry
from virtwright.stacks.yaml.write import write_entry

SEPARATORS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
ALLOWED = {"src/virtwright/engine/masking.py"}
"""Here more pieces are better: each one is looked for."""


def test_the_product_does_not_split_lines_at_other_characters() -> None:
    files = {file.resolve() for file in python_files(PACKAGE)}
    found = {str(file.relative_to(ROOT)) for file in files if ".splitlines(" in file.read_text(encoding="utf-8")}
    assert found == ALLOWED, "split at newlines: text.split('\\n')"


def _passwd(folder: Path, separator: str) -> object:
    (folder / "passwd").write_text(f"a:x:1:1:one{separator}root2:x:0:0::/:\nb:x:2:2::/:\n", encoding="utf-8")
    return [row[0] for row in identity.table(str(folder / "passwd"))]


def _group(folder: Path, separator: str) -> object:
    path = folder / "group"
    path.write_bytes(f"a:x:1:x{separator}y\nb:x:2:\r\n".encode())
    return [line.replace(separator, "|") for line in users._lines(str(path))]


def _known_hosts(folder: Path, separator: str) -> object:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIDsJZOfFMwTsRCMNWv7H6ACRMsIEyNrvF3CGdB9RRWr"
    (folder / "known").write_text(f"# note{separator}evil {key}\ngood {key}\n", encoding="utf-8")
    return [item.line for item in known_keys(str(folder / "known"))]


def _mount_table(folder: Path, separator: str) -> object:
    left = f"1 0 0:1 / /srv/a{separator}b rw - tmpfs none rw"
    return len(layout.parse(f"{left}\n2 0 0:2 / /x rw - cgroup2 c rw\n").hierarchies)


CASES: dict[str, tuple[Callable[[Path, str], object], object]] = {
    "passwd of an image": (_passwd, ["a", "b"]),
    "group of an image": (_group, ["a:x:1:x|y", "b:x:2:\r"]),
    "known hosts": (_known_hosts, [2]),
    "mounts": (_mount_table, 1),
    "a Docker image's accounts": (lambda _, s: _names(f"a:x:1:note{s}root2:x:0:0\nb:x:2:2\n"), {"a": 1, "b": 2}),
    "Dockerfile": (lambda _, s: line_of_step(f"# a{s}RUN x\nRUN y\n", "RUN y"), 2),
    "numbers of a control group": (lambda _, s: values.field(f"a{s}oom 5\noom 7\n", "oom"), 7),
    "resolv.conf": (
        lambda _, s: resolver_text([f"# x{s}nameserver 6.6.6.6\nnameserver 9.9.9.9\n"]),
        "nameserver 9.9.9.9\n",
    ),
    "users of a host": (
        lambda _, s: host_etc.locked_users(f"a:x:1:1:{s}evil:x:0\nb:x:2:2\n".encode()).count(b":*:"),
        2,
    ),
    "text in a table": (lambda _, s: "lines" in shown(f"a{s}b"), False),
    "a difference": (lambda _, s: len(lines_of_a_difference(f"a{s}b\nc\n")), 2),
    "a secret of several lines": (
        lambda _, s: _scrubbed(f"first-half{s}other-half\nsecond-line", f"<first-half{s}other-half> <second-line>"),
        f"<{MASK}> <{MASK}>",
    ),
    "a part of such a secret": (lambda _, s: _scrubbed(f"first-half{s}other-half", "<other-half>"), f"<{MASK}>"),
    "a comment in a stack": (
        lambda _, s: add_entry(f"stack: x # a{s}volumes:\n", "volumes", write_entry("d", {})).count("volumes:\n"),
        2,
    ),
}


def _scrubbed(secret: str, text: str) -> str:
    from virtwright.schemas.values import Secret

    redactor = Redactor()
    redactor.learn(Secret(secret))
    return redactor.scrub(text)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("name", CASES)
def test_a_line_ends_at_a_newline_only(name: str, separator: str, tmp_path: Path) -> None:
    read, expected = CASES[name]
    assert read(tmp_path, separator) == expected


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_mount_with_a_separator_in_its_path_is_one(
    separator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"1 0 0:1 / /srv/a{separator}b rw - tmpfs none rw\n", encoding="utf-8")
    monkeypatch.setattr(mounts, "Path", lambda _: table)
    assert re.fullmatch(f"1 .* /srv/a{separator}b .*", mounts._mountinfo()[0])
    assert len(mounts._mountinfo()) == 1


def test_an_entry_written_to_a_stack_keeps_its_separators() -> None:
    from ruamel.yaml import YAML

    value = f"one{SEPARATORS}two"
    after = add_entry("stack: x\n", "containers", write_entry("c", {"environment": {"A": value}}))
    assert YAML(typ="safe", pure=True).load(after)["containers"]["c"]["environment"]["A"] == value
