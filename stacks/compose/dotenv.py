"""Files of variables as Compose reads them: ``.env`` and ``env_file``.

Source of the format: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax.
Decision 0120 says why no library is used.
"""

import re
from collections.abc import Mapping
from typing import Final

from virtwright.stacks.compose.interpolate import Substitution, TemplateError
from virtwright.stacks.yaml.allowance import Allowance, TooMuchError

_SPACES: Final = " \t\v\f\r\x85\xa0"
_KEY: Final = re.compile(r"[\w.\-\[\] \t]*", re.UNICODE)
_ESCAPE: Final = re.compile(r"\\(?:[abcfnrtv$\"\\]|0[0-7]{0,3})")
_ESCAPED: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"}


class DotenvError(Exception):
    """A line can't be read."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse_dotenv(text: str, outer: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file, in its order. Values may use variables of ``outer`` and those further up in the file; where
    both have one, ``outer`` counts.

    Raises ``DotenvError``.
    """
    return _Parser(text.replace("\r\n", "\n"), outer).run()


class _Parser:
    def __init__(self, text: str, outer: Mapping[str, str]) -> None:
        self._text = text
        self._at = 0
        self._outer = outer
        self._found: dict[str, str] = {}
        self._allowance = Allowance()

    def run(self) -> dict[str, str]:
        while self._skip_to_statement():
            self._statement()
        return self._found

    def _line(self, at: int | None = None) -> int:
        return self._text.count("\n", 0, self._at if at is None else at) + 1

    def _skip_to_statement(self) -> bool:
        text = self._text
        while self._at < len(text):
            if text[self._at].isspace():
                self._at += 1
            elif text[self._at] == "#":
                self._at = self._line_end(self._at)
            else:
                return True
        return False

    def _line_end(self, start: int) -> int:
        end = self._text.find("\n", start)
        return len(self._text) if end < 0 else end

    def _statement(self) -> None:
        start = self._at
        if export := re.compile(r"export[ \t]+").match(self._text, self._at):
            self._at = export.end()
        found = _KEY.match(self._text, self._at)
        assert found
        key, end = found[0].strip(), found.end()
        separator = self._text[end : end + 1]
        if separator not in ("=", ":", "\n", ""):
            raise DotenvError(f"unexpected character {separator!r} in the name of a variable", self._line(end))
        if not key or " " in key or "\t" in key:
            raise DotenvError("expected NAME=value", self._line(start))
        self._at = end + 1
        if separator not in ("=", ":"):
            if key in self._outer:
                self._found[key] = self._outer[key]
            return
        while self._text[self._at : self._at + 1] and self._text[self._at] in _SPACES:
            self._at += 1
        self._found[key] = self._value()

    def _value(self) -> str:
        quote = self._text[self._at : self._at + 1]
        if quote in ("'", '"') and quote:
            return self._quoted(quote)
        line, end = self._line(), self._line_end(self._at)
        value = self._text[self._at : end].partition(" #")[0].rstrip()
        self._at = end
        return self._expanded(value, line)

    def _quoted(self, quote: str) -> str:
        line, index, chars = self._line(), self._at + 1, []
        while (char := self._text[index : index + 1]) and char != quote:
            if char == "\\" and self._text[index + 1 : index + 2] == quote:
                chars.append(quote)
                index += 2
            elif char == "\\" and index + 1 < len(self._text):
                chars += [char, self._text[index + 1]]
                index += 2
            else:
                chars.append(char)
                index += 1
        if not char:
            raise DotenvError("a quoted value has no closing quote", line)
        self._at = index + 1
        value = "".join(chars)
        return self._expanded(_ESCAPE.sub(_unescaped, value), line) if quote == '"' else value

    def _expanded(self, value: str, line: int) -> str:
        known = {**self._found, **self._outer}
        try:
            return Substitution(known, self._allowance)(value)
        except (TemplateError, TooMuchError) as error:
            raise DotenvError(str(error), line) from error


def _unescaped(match: re.Match[str]) -> str:
    letter = match[0][1]
    if letter == "$":
        return "$$"
    if letter == "0":
        digits = match[0][2:]
        return chr(int(digits, 8)) if len(digits) == 3 else match[0]
    return _ESCAPED.get(letter, match[0])
