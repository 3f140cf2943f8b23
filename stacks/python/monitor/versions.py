"""Version ranges, as ``RequirePulumiVersion`` has them: ``>=3.0.0 <4.0.0 || !3.5.1``. Pure."""

import re
from typing import Final

from virtwright.errors import InputError

SERVED: Final = (3, 272, 0)
"""The version of Pulumi's protocol that is served."""
_ONE: Final = re.compile(r"(>=|<=|>|<|==?|!=?)?\s*v?(\d+)(?:\.(\d+|x))?(?:\.(\d+|x))?(?:-[0-9A-Za-z.-]+)?$")


def satisfies(text: str, version: tuple[int, int, int] = SERVED) -> bool:
    """Whether ``version`` is within the range. Raises ``InputError`` for what is no range."""
    alternatives = [part.split() for part in re.sub(r"([<>=!])\s+", r"\1", text).split("||")]
    if not all(alternatives):
        raise InputError.one(f"{text!r} is not a range of versions")
    return any(all(_holds(condition, version, text) for condition in each) for each in alternatives)


def _holds(condition: str, version: tuple[int, int, int], text: str) -> bool:
    parts = _ONE.match(condition)
    if parts is None:
        raise InputError.one(f"{text!r} is not a range of versions")
    sign, given = parts[1] or "=", [part for part in parts.groups()[1:] if part not in (None, "x")]
    wanted = tuple(int(part) for part in given)
    own = version[: len(wanted)] if sign in ("=", "==", "!", "!=") else version
    other = (*wanted, 0, 0)[: len(own)]
    match sign:
        case ">=":
            return own >= other
        case "<=":
            return own <= other
        case ">":
            return own > other
        case "<":
            return own < other
        case "!" | "!=":
            return own != other
    return own == other
