"""Several errors as one."""

from collections.abc import Sequence
from typing import Final

from virtwright.engine.selection import address
from virtwright.errors import HostError, InputError, Problem, RefusedError, UnsupportedError, VirtwrightError, Where
from virtwright.schemas.urn import Urn

_MOST_NAMED: Final = 5


def together(errors: Sequence[VirtwrightError], problems: Sequence[Problem]) -> VirtwrightError:
    """One error for all that is wrong, of the kind that all are of, where that is one."""
    kinds = {RefusedError if isinstance(error, RefusedError) else type(error) for error in errors}
    first, *others = dict.fromkeys(problems)
    kind = kinds.pop() if len(kinds) == 1 else VirtwrightError
    if kind not in (RefusedError, HostError, UnsupportedError):
        return InputError([first, *others])
    error = kind(first.message, where=first.where, hint=first.hint)
    error.others = tuple(others)
    return error


def tolerated(problems: Sequence[Problem]) -> list[Problem]:
    """What a plan goes on in spite of, for warnings: what a host says of many resources once, with their names."""
    alike: dict[tuple[str | None, str, str | None], dict[str, None]] = {}
    for each in problems:
        names = alike.setdefault((each.where.host, each.message, each.hint), {})
        if each.where.urn is not None:
            names[address(Urn.parse(each.where.urn))] = None
    return [
        Problem(f"{message}; if that stays so, this fails: {_some([*names])}", Where(host=host), hint)
        for (host, message, hint), names in alike.items()
    ]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
