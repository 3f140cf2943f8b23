"""The command line as it was typed, for hints that repeat it with another option."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

_CONFIG: Final = "--config"
_CONSENT: Final = ("--yes", "-y")


def typed(arguments: Sequence[str]) -> str:
    """A line to copy into a shell, without ``--yes``, so that it asks. Values of the configuration may be secret, and are
    left out."""
    return shlex.join(["virtwright", *_without_values(arguments)])


def _without_values(arguments: Sequence[str]) -> Iterator[str]:
    before = ""
    for word in arguments:
        if before == _CONFIG:
            yield _bare(word)
        elif word.startswith(f"{_CONFIG}="):
            yield f"{_CONFIG}={_bare(word.removeprefix(f'{_CONFIG}='))}"
        elif word not in _CONSENT:
            yield word
        before = word


def _bare(setting: str) -> str:
    key, sign, _ = setting.partition("=")
    return f"{key}{sign}..." if sign else key
