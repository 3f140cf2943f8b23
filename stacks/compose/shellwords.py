"""Splitting a command that is one text, as Compose does: no shell runs it, so that operators of the shell end it."""

from typing import Final

_OPERATORS: Final = ";&|<>"


class SplitError(Exception):
    """A quote is not closed, or there is a parenthesis that no shell will read."""


def split(text: str) -> tuple[list[str], str]:
    """The words, and what follows the first unquoted ``;``, ``&``, ``|``, ``<`` or ``>``: Compose drops that without a word.

    Raises ``SplitError``.
    """
    words: list[str] = []
    word: str | None = None
    quote = ""
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if char == "\\" and quote != "'":
            if index == len(text):
                raise SplitError("it ends with a backslash")
            following = text[index]
            index += 1
            kept = f"\\{following}" if quote in ("`", ")") else following
            word = (word or "") + kept
        elif quote:
            word = word or ""
            if char == quote:
                word += "" if quote in "'\"" else char
                quote = ""
            else:
                word += char
        elif char in " \t\r\n":
            words += [] if word is None else [word]
            word = None
        elif char in "'\"":
            quote, word = char, word or ""
        elif char == "`" or (char == "(" and (word or "").endswith("$")):
            quote, word = ")" if char == "(" else "`", (word or "") + char
        elif char in "()":
            raise SplitError(f"it holds {char!r} outside of quotes")
        elif char in _OPERATORS:
            digits = char == ">" and word is not None and word[:1].isdigit()
            return words + ([] if word is None or digits else [word]), text[index - 1 :]
        else:
            word = (word or "") + char
    if quote:
        raise SplitError("a quote is not closed")
    return words + ([] if word is None else [word]), ""
