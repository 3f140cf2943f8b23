"""Names that could mean something else never get as far as a shell."""

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtwright.errors import InputError
from virtwright.providers.ssh.names import checked_host, checked_port, checked_user, split_place
from virtwright.providers.ssh.quoting import checked, line
from virtwright.providers.ssh.relay import check_path

HOSTILE = [
    "-oProxyCommand=x",
    "a b",
    "a\nb",
    "$(x)",
    "`x`",
    "a;b",
    "a|b",
    "a'b",
    'a"b',
    "a\0b",
    "",
    "\u202eb",
    "a" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_refused(text: str) -> None:
    for check in (checked_user, checked_host, checked_port):
        with pytest.raises(InputError, match="the URI has a"):
            check(text, "the URI")
    with pytest.raises(InputError):
        split_place(f"{text}@host", "ProxyJump") if text else split_place("", "ProxyJump")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("kvm1", (None, "kvm1", None)),
        ("root@kvm1:2222", ("root", "kvm1", 2222)),
        ("[2001:db8::7]:22", (None, "2001:db8::7", 22)),
        ("2001:db8::7", (None, "2001:db8::7", None)),
        ("ssh://root@kvm1:2222/", ("root", "kvm1", 2222)),
        ("my_host", (None, "my_host", None)),
    ],
)
def test_places(text: str, parts: tuple[str | None, str, int | None]) -> None:
    assert split_place(text, "ProxyJump") == parts


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=4))
def test_each_word_of_a_command_stays_a_word(words: list[str]) -> None:
    argv = ["printf", "<%s>", *words]
    done = subprocess.run(["sh", "-c", line(argv)], capture_output=True, timeout=120, check=True)
    assert done.stdout.decode() == "".join(f"<{word}>" for word in words or [""])


@pytest.mark.parametrize("argv", [[], [""], ["-c"], ["a", "b\0c"]])
def test_no_command(argv: list[str]) -> None:
    with pytest.raises(InputError):
        checked(argv)


def test_a_command_is_no_builtin_and_no_assignment() -> None:
    for name in ("A=b", "if", "cd", "exit"):
        done = subprocess.run(["sh", "-c", line([name, "true"])], capture_output=True, timeout=120, check=False)
        assert done.returncode == 127, shlex.join(done.args)


@pytest.mark.parametrize("path", ["", "run/x.sock", "/a\0b", "/a\nb", "/" + "a" * 107])
def test_no_socket(path: str) -> None:
    with pytest.raises(InputError, match="unix socket"):
        check_path(path)
