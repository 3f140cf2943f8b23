"""The one resource that is meant: ``vms.db``, ``db`` where that is unique, or the URN."""

import difflib
from collections.abc import Sequence

from virtwright.engine.selection import address, names_exactly
from virtwright.errors import InputError
from virtwright.schemas.urn import Urn


def find_urn(name: str, urns: Sequence[Urn]) -> Urn:
    """The one resource called ``name``. Raises ``InputError`` where there is none (with near names) or several."""
    found = [urn for urn in dict.fromkeys(urns) if names_exactly(name, urn)]
    if len(found) > 1:
        exact = [urn for urn in found if name in (str(urn), address(urn))]
        found = exact if len(exact) == 1 else found
    if len(found) == 1:
        return found[0]
    if found:
        many = "\n".join(f"    {text}" for text in _distinct(found))
        raise InputError.one(f"{name!r} names {len(found)} resources", hint=f"say which one:\n{many}")
    raise InputError.one(f"there is no resource {name!r} in the state", hint=_near(name, urns))


def _distinct(urns: Sequence[Urn]) -> list[str]:
    """Short names, or URNs where short names are not enough."""
    names = [address(urn) for urn in urns]
    return names if len(set(names)) == len(names) else [str(urn) for urn in urns]


def _near(name: str, urns: Sequence[Urn]) -> str:
    by_text = {text: urn for urn in urns for text in (urn.name, address(urn))}
    near = list(dict.fromkeys(address(by_text[text]) for text in difflib.get_close_matches(name, by_text, n=3)))
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return "this shows what there is:\n    virtwright state list" if urns else "the state holds no resources yet"
