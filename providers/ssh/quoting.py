"""Commands for a remote shell: each word is only ever a word."""

import shlex
from collections.abc import Sequence

from virtwright.errors import InputError


def checked(argv: Sequence[str]) -> tuple[str, ...]:
    """Raises ``InputError`` for a command that no program can be given."""
    words = tuple(argv)
    if not words or not words[0]:
        raise InputError.one("there is no command to run")
    if words[0].startswith("-"):
        raise InputError.one(f"a program's name can't begin with '-': {shlex.quote(words[0])}")
    if any("\0" in word for word in words):
        raise InputError.one("a command's words can't hold the character U+0000")
    return words


def script(argv: Sequence[str]) -> str:
    """For ``sh``: runs the program and no builtin, keyword, alias or assignment of the same name."""
    return f'set -- {shlex.join(checked(argv))}\nexec "$@"\n'


def line(argv: Sequence[str]) -> str:
    """For whatever shell the account has: the same, by ``/bin/sh``."""
    return f"exec /bin/sh -c {shlex.quote(script(argv))}"
