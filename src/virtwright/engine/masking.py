"""Keeping secrets out of everything that is shown, logged or saved."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from virtwright.errors import Problem, rewritten
from virtwright.providers.diff import Change
from virtwright.schemas.values import Path, Secret, Unknown, Value, has_secret, reveal, walk

Mac = Callable[[bytes], str]
Leaks = Callable[[str], bool]
"""Whether a text holds a secret."""
MASK = "[secret]"
_SHORTEST = 4
"""A text shorter than this would blank out ordinary words."""
_SHORTEST_LINE = 8
"""The same for one line of a longer secret."""


def mask_changes(changes: Iterable[Change], secrets: frozenset[Path], mac: Mac, leaks: Leaks) -> tuple[Change, ...]:
    """The changes with each secret value replaced by a keyed hash, still wrapped: equal secrets stay equal. ``leaks``
    tells secrets that came to other places, on a host that somebody changed by hand."""
    return tuple(
        Change(change.path, _mask(change.prior, mac), _mask(change.goal, mac), change.impact)
        if _covers(change.path, secrets) or _leaks(change.prior, leaks) or _leaks(change.goal, leaks)
        else change
        for change in changes
    )


def _covers(path: Path, secrets: frozenset[Path]) -> bool:
    return any(path[: len(secret)] == secret or secret[: len(path)] == path for secret in secrets)


def _leaks(value: Value, leaks: Leaks) -> bool:
    return any(leaks(str(leaf)) for _, leaf in walk(value))


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
        self._forms: dict[str, None] = {}
        self._longest_first: list[str] | None = None

    def learn(self, value: Value) -> None:
        """Remember every secret text and number inside ``value``."""
        for text in secret_texts(value):
            self._remember(text)

    def _remember(self, text: str) -> None:
        if text in self._known:
            return
        self._known.add(text)
        self._forms |= dict.fromkeys(_forms(text))
        for line in {*text.split("\n"), *text.splitlines()}:  # whatever the reader takes for the end of a line
            if line != text and len(line.strip()) >= _SHORTEST_LINE:
                self._remember(line)
        self._longest_first = None

    def scrub(self, text: str) -> str:
        """``text`` with every secret, also escaped, URL-quoted, in hex or in base64, replaced by a mark."""
        if self._longest_first is None:
            self._longest_first = sorted(self._forms, key=len, reverse=True)
        for secret in self._longest_first:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

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
