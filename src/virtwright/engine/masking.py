"""Keeping secrets out of everything that is shown, logged or saved."""

import base64
import json
from collections.abc import Callable, Iterable
from urllib.parse import quote

from virtwright.errors import Problem
from virtwright.providers.diff import Change
from virtwright.schemas.values import Path, Secret, Unknown, Value, has_secret, reveal, walk

Mac = Callable[[bytes], str]
MASK = "[secret]"
_SHORTEST = 4
"""A text shorter than this would blank out ordinary words."""


def mask_changes(changes: Iterable[Change], secrets: frozenset[Path], mac: Mac) -> tuple[Change, ...]:
    """The changes with each secret value replaced by a keyed hash, still wrapped: equal secrets stay equal."""
    return tuple(
        Change(change.path, _mask(change.prior, mac), _mask(change.goal, mac), change.impact)
        if _covers(change.path, secrets)
        else change
        for change in changes
    )


def _covers(path: Path, secrets: frozenset[Path]) -> bool:
    return any(path[: len(secret)] == secret or secret[: len(path)] == path for secret in secrets)


def _mask(value: Value, mac: Mac) -> Value:
    if value is None or isinstance(value, Unknown):
        return value
    return Secret(mac(json.dumps(reveal(value), sort_keys=True, default=repr).encode()))


class Redactor:
    """Takes every known secret out of text that comes from a host, a library or a program."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def learn(self, value: Value) -> None:
        """Remember every secret text inside ``value``."""
        if not has_secret(value):
            return
        for _, leaf in walk(value):
            if isinstance(leaf, Secret):
                for _, inner in walk(reveal(leaf.value)):
                    if isinstance(inner, str) and len(inner) >= _SHORTEST:
                        self._remember(inner)

    def _remember(self, text: str) -> None:
        if text in self._texts:
            return
        forms = (text, json.dumps(text)[1:-1], quote(text, safe=""), base64.b64encode(text.encode()).decode())
        self._texts |= dict.fromkeys(forms)

    def scrub(self, text: str) -> str:
        """``text`` with every secret, also JSON-escaped, URL-quoted or in base64, replaced by a mark."""
        for secret in sorted(self._texts, key=len, reverse=True):
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def scrub_problem(self, problem: Problem) -> Problem:
        hint = problem.hint and self.scrub(problem.hint)
        return Problem(self.scrub(problem.message), problem.where, hint)
