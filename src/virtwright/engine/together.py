"""Several errors as one."""

from collections.abc import Sequence

from virtwright.errors import HostError, InputError, Problem, RefusedError, UnsupportedError, VirtwrightError


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
