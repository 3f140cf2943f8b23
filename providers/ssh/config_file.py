"""``ssh_config(5)``: the files, with what they include, and the settings that hold for one host."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import InputError, Where

if TYPE_CHECKING:
    from paramiko import SSHConfig

_DEEPEST: Final = 16
_LINE: Final = re.compile(r"\s*(?P<key>\w+)(?:\s*=\s*|\s+)(?P<value>.*?)\s*$")
_LISTS: Final = ("identityfile", "localforward", "remoteforward")


class ConfigFiles:
    """The user's and the system's configuration of OpenSSH. Files that are not there are passed over."""

    def __init__(self, files: Sequence[Path], home: Path) -> None:
        self._home = home
        self._texts = [(path, "\n".join(self._lines(path, 0))) for path in files if path.is_file()]

    def lookup(self, host: str, first: Mapping[str, str]) -> "Settings":
        """What holds for ``host``; ``first`` goes before all files. Tokens such as ``%h`` are left as they are.

        Raises ``InputError`` for what can't be understood, and for ``Match exec``, which would run a program."""
        head = [f"{key} {value}" for key, value in first.items()]
        config = _tokens_kept()
        place: Path | None = None
        try:
            config.parse(head)
            for path, text in self._texts:
                place = path
                config.parse(text.split("\n"))
            place = None
            return Settings(dict(config.lookup(host)))
        except _ProgramWantedError as error:
            raise InputError.one(
                f"the SSH configuration has 'Match exec', which virtwright does not run, and it matters for {host}",
                hint="say in the stack how the host is reached: ssh.user, ssh.port, ssh.identity_file, ssh.jump",
            ) from error
        except Exception as error:  # paramiko raises what its parts do: KeyError, ValueError, its own
            file = str(place) if place else None
            message = f"the SSH configuration can't be understood for {host}: {error}"
            raise InputError.one(message, where=Where(file=file)) from error

    def _lines(self, path: Path, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            raise InputError.one("files include each other too deeply", where=Where(file=str(path)))
        try:
            lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        except OSError as error:
            raise InputError.one(f"can't be read: {error.strerror}", where=Where(file=str(path))) from error
        block = "Host *"
        for number, line in enumerate(lines, 1):
            found = _LINE.match(line)
            key = found["key"].lower() if found else ""
            if found and key == "include":
                yield from self._included(path, number, found["value"], block, depth)
                yield block
                continue
            if key in ("host", "match"):
                block = line
            yield line

    def _included(self, path: Path, number: int, value: str, block: str, depth: int) -> Iterator[str]:
        for pattern in _words(value):
            expanded = self._home / pattern[2:] if pattern.startswith("~/") else Path(pattern)
            if not expanded.is_absolute():
                expanded = (Path("/etc/ssh") if path.is_relative_to("/etc/ssh") else self._home / ".ssh") / expanded
            for name in sorted(Path("/").glob(str(expanded).lstrip("/"))):
                lines = list(self._lines(name, depth + 1))
                if block != "Host *" and any(_opens_block(line) for line in lines):
                    raise InputError.one(
                        f"includes {name} inside of '{block.strip()}', and that file has blocks of its own",
                        where=Where(file=str(path), line=number),
                        hint="put the Include before the first Host line",
                    )
                yield block
                yield from lines


class Settings:
    """What the configuration says about one host, in lower-case keywords."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def words(self, key: str) -> list[str]:
        """Every word of the setting; nothing where it is not set or ``none``."""
        value = self._values.get(key)
        texts = value if isinstance(value, list) else [value] if value else []
        words = texts if key in _LISTS else [word for text in texts for word in _words(text)]
        kept = [word.strip('"') for word in words]
        return [] if [word.lower() for word in kept] == ["none"] else [word for word in kept if word.lower() != "none"]

    def word(self, key: str) -> str | None:
        return next(iter(self.words(key)), None)

    def whole(self, key: str) -> str | None:
        """The setting as it was written, such as a command."""
        value = self._values.get(key)
        return value if isinstance(value, str) and value.lower() != "none" else None

    def number(self, key: str) -> int | None:
        """Raises ``InputError`` where it is none."""
        text = self.word(key)
        if text is None:
            return None
        if not text.isascii() or not text.isdigit():
            raise InputError.one(f"the SSH configuration has {key} '{text}', which is no number")
        return int(text)

    def flag(self, key: str) -> bool:
        return (self.word(key) or "no").lower() in ("yes", "true")

    def first_of(self, *keys: str) -> str | None:
        """Which of the keywords came first: of some, OpenSSH lets the first one win."""
        return next((key for key in self._values if key in keys), None)


def _opens_block(line: str) -> bool:
    found = _LINE.match(line)
    return bool(found) and found["key"].lower() in ("host", "match") if found else False


def _words(text: str) -> list[str]:
    """The words of a line; a comment at its end is none. Raises ``InputError`` where a quote is not closed."""
    try:
        return shlex.split(text, comments=True)
    except ValueError as error:
        raise InputError.one(f"the SSH configuration has a quote that is not closed: {text}") from error


class _ProgramWantedError(Exception):
    """A program would have to be run to know whether a block holds."""


def _tokens_kept() -> "SSHConfig":
    from paramiko import SSHConfig

    class TokensKept(SSHConfig):
        """paramiko expands tokens one after the other, so that one's value is taken for another, knows no ``%%``, and runs what
        ``Match exec`` names."""

        def _tokenize(self, config: object, target_hostname: str, key: str, value: str) -> str:
            if key == "match-exec":
                raise _ProgramWantedError
            return value

    return TokensKept()
