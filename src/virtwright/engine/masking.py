"""Keeping secrets out of everything that is shown, logged or saved."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, quote_plus

from virtwright.errors import Problem, rewritten
from virtwright.providers.diff import Change
from virtwright.schemas.values import Path, Secret, Unknown, Value, has_secret, reveal, walk

Mac = Callable[[bytes], str]
Leaks = Callable[[str], bool]
"""Whether a text holds a secret."""
MASK = "[secret]"
SIZE: Final = "size"
HASH: Final = "hash"
_NOTHING: Final[Mapping[Path, str]] = MappingProxyType({})
_SHORTEST = 4
"""A text shorter than this would blank out ordinary words."""
_SHORTEST_LINE = 8
"""The same for one line of a longer secret."""
_SAYS_NOTHING: Final = re.compile(r"[A-Za-z]{1,15}|\[[A-Za-z_.-]{1,15}\]|[0-9]+(\.[0-9]+){3}(/[0-9]+)?")
"""A line that is one word, a heading or an address. Many files have such lines, and names of resources are such words."""
_KEYS: Final = (8, _SHORTEST)
"""Forms are found by so many of their first characters; what is shorter than the first number, by the second."""


def mask_changes(
    changes: Iterable[Change], secrets: frozenset[Path], mac: Mac, leaks: Leaks, sources: Mapping[Path, str] = _NOTHING
) -> tuple[Change, ...]:
    """The changes with each secret value replaced by a keyed hash, still wrapped: equal secrets stay equal. ``leaks``
    tells secrets that came to other places, on a host that somebody changed by hand. ``sources`` are the files whose content
    stands at these paths."""
    return tuple(_masked(change, secrets, mac, leaks, sources) for change in changes)


def _masked(change: Change, secrets: frozenset[Path], mac: Mac, leaks: Leaks, sources: Mapping[Path, str]) -> Change:
    if (source := sources.get(change.path)) is not None:
        prior, goal = (content(change.path, value, mac) for value in (change.prior, change.goal))
        return replace(change, prior=prior, goal=goal, source=source)
    prior, goal = (_mask_below(value, change.path, secrets, mac) for value in (change.prior, change.goal))
    if _leaks(prior, leaks) or _leaks(goal, leaks):
        prior, goal = _mask(change.prior, mac), _mask(change.goal, mac)
    return replace(change, prior=prior, goal=goal)


def _mask_below(value: Value, path: Path, secrets: frozenset[Path], mac: Mac) -> Value:
    """``value``, which stands at ``path``, without what is secret in it."""
    if any(path[: len(secret)] == secret for secret in secrets):
        return _mask(value, mac)
    if not any(secret[: len(path)] == path for secret in secrets):
        return value
    if isinstance(value, Mapping):
        return {key: _mask_below(item, (*path, key), secrets, mac) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask_below(item, (*path, index), secrets, mac) for index, item in enumerate(value)]
    return value


def _leaks(value: Value, leaks: Leaks) -> bool:
    return any(leaks(str(leaf)) for _, leaf in walk(value))


def content(path: Path, value: Value, mac: Mac) -> Value:
    """What is shown of a file's content. The hash holds for this place alone, so that a file that is at hand tells nothing
    of another one."""
    if not isinstance(text := reveal(value), str):
        return _mask(value, mac)
    return Secret({SIZE: len(text.encode("utf-8", "surrogatepass")), HASH: mac(json.dumps([*path, text]).encode())})


def leaks_of(*values: Value) -> Leaks:
    """Tells texts that hold one of the secrets in ``values``."""
    texts = frozenset(text for value in values for text in secret_texts(value))
    return lambda leaf: any(text in leaf for text in texts)


def _mask(value: Value, mac: Mac) -> Value:
    if value is None or isinstance(value, Unknown):
        return value
    return Secret(mac(json.dumps(reveal(value), sort_keys=True, default=repr).encode()))


class Redactor:
    """Takes every known secret out of text that comes from a host, a library or a program."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._forms: set[str] = set()
        self._lengths: dict[str, list[int]] = {}
        """By how they begin: how long the forms are, the longest first. A stack's files may hold many thousand lines."""

    def learn(self, value: Value) -> None:
        """Remember every secret text and number inside ``value``."""
        for text in secret_texts(value):
            self._remember(text)

    def _remember(self, text: str) -> None:
        if text in self._known:
            return
        self._known.add(text)
        for form in _forms(text):
            self._add(form)
        for line in {*text.split("\n"), *text.splitlines()}:  # whatever the reader takes for the end of a line
            if line != text and len(line.strip()) >= _SHORTEST_LINE and not _SAYS_NOTHING.fullmatch(line.strip()):
                self._remember(line)

    def _add(self, form: str) -> None:
        if form not in self._forms:
            self._forms.add(form)
            lengths = self._lengths.setdefault(form[: _KEYS[0] if len(form) >= _KEYS[0] else _KEYS[1]], [])
            if len(form) not in lengths:
                lengths.append(len(form))
                lengths.sort(reverse=True)

    def scrub(self, text: str) -> str:
        """``text`` with every secret, also escaped, URL-quoted, in hex or in base64, replaced by a mark."""
        parts: list[str] = []
        shown = 0
        for start, end in self._places(text):
            parts += (text[shown:start], MASK)
            shown = end
        return "".join((*parts, text[shown:])) if parts else text

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where secrets are in ``text``; those that overlap are one."""
        if not self._forms:
            return
        start = end = 0
        for at in range(len(text) - _SHORTEST + 1):
            if (found := self._length_at(text, at)) == 0:
                continue
            if at >= end > start:
                yield start, end
            start, end = (at if at >= end else start), max(end, at + found)
        if end > start:
            yield start, end

    def _length_at(self, text: str, at: int) -> int:
        """How long the longest secret is that begins there."""
        for key in _KEYS:
            for length in self._lengths.get(text[at : at + key], ()):
                if text[at : at + length] in self._forms:
                    return length
        return 0

    def finds(self, text: str) -> bool:
        """Whether a secret is in ``text``."""
        return self.scrub(text) != text

    def wrap(self, value: Value) -> Value:
        """``value`` with each text that holds a secret marked as one: a host may repeat it where nobody put it."""
        if isinstance(value, str):
            return Secret(value) if self.finds(value) else value
        if isinstance(value, Mapping):
            return {key: self.wrap(item) for key, item in value.items()}
        return [self.wrap(item) for item in value] if isinstance(value, list) else value

    def scrub_problem(self, problem: Problem) -> Problem:
        return rewritten(problem, self.scrub)


class Unhearing(Redactor):
    """That of a stranger's stack. Whatever is learned would be searched for in the stranger's own texts, and each mark would answer
    a guess: nothing is. What must not be told is not put into a text at all."""

    def learn(self, value: Value) -> None:
        """There is nothing to remember."""


def secret_texts(value: Value) -> Iterator[str]:
    """Every text, and every number as text, inside the secrets of ``value``; the very short ones left out."""
    if not has_secret(value):
        return
    for _, leaf in walk(value):
        if isinstance(leaf, Secret):
            for _, inner in walk(reveal(leaf.value)):
                if isinstance(inner, str | int | float) and len(str(inner)) >= _SHORTEST:
                    yield str(inner)


def _forms(text: str) -> Iterator[str]:
    raw = text.encode("utf-8", "surrogatepass")
    yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1])
    yield from (quote(raw, safe=""), quote(raw), quote_plus(raw), raw.hex())
    for offset in range(3):
        yield from _base64(raw, offset)


def _base64(raw: bytes, offset: int) -> Iterator[str]:
    """What base64 makes of ``raw`` wherever it begins in a longer text: the characters that hold nothing else."""
    padded = b"\0" * offset + raw
    whole = len(padded) * 8 // 6
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(padded).decode()[-(-offset * 8 // 6) : whole]
        if len(text) >= _SHORTEST:
            yield text
