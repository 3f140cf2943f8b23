"""The last look: whatever the vocabulary refuses is taken out of the stack again and reported at the place it came from."""

from typing import Any

from pydantic import ValidationError

from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.problems import problems_of
from virtwright.schemas.values import UNKNOWN, Path, render_path
from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.item import Item, Steps
from virtwright.stacks.yaml.written import Reference

_ROUNDS = 20


def drop_what_does_not_fit(draft: Draft) -> None:
    for section, entries in draft.sections.items():
        for entry in entries.values():
            for _ in range(_ROUNDS):
                wrong = _wrong(section, entry)
                if not wrong:
                    break
                path, message, hint = wrong[-1]
                _drop(entry, path, message, hint, draft)
                entry.values = _without_empty(entry.values)


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Without the lists of which nothing is left."""
    kept = {key: _without_empty(each) if isinstance(each, dict) else each for key, each in values.items()}
    return {key: each for key, each in kept.items() if each != []}


def _unspeakable(value: Any, path: Path = ()) -> Path | None:
    """The way to a key that a stack can't have: references stand in values, not in keys."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(key, str) and "${" in key:
            return (*path, key)
        if found := _unspeakable(each, (*path, key)):
            return found
    return None


def _wrong(section: str, entry: Entry) -> list[tuple[Path, str, str | None]]:
    try:
        if path := _unspeakable(entry.values):
            return [(path, "has ${ in its name, which a stack takes for a reference", None)]
        SECTIONS[section].entry.model_validate(_plain(entry.values))
    except ValidationError as error:
        return [(each.path, each.message, each.hint) for each in problems_of(error)]
    return []


def _plain(value: Any) -> Any:
    """As the reader of stacks gives it to the vocabulary: what is not known yet is ``UNKNOWN``."""
    if isinstance(value, Reference):
        return UNKNOWN  # any text may stand there
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _drop(entry: Entry, path: Path, message: str, hint: str | None, draft: Draft) -> None:
    steps = tuple(f"[{step}]" if isinstance(step, int) else step for step in path)
    item, origin = _origin(entry, steps, draft)
    if path and path[0] not in entry.values:
        draft.books.wrong(item, origin, f"{render_path(path)} of a stack {message}", hint)
        entry.values[str(path[0])] = UNKNOWN
        return
    what = f"{render_path(path)} of a stack {message}" if path else message
    draft.books.ledger.tell("lost", item, origin, what, hint)
    holder, last = _holder(entry, path)
    del holder[last]


def _origin(entry: Entry, steps: Steps, draft: Draft) -> tuple[Item, Steps]:
    for length in range(len(steps), 0, -1):
        if steps[:length] in entry.origins:
            return entry.origins[steps[:length]]
    return draft.project.model, ("services", entry.name)


def _holder(entry: Entry, path: Path) -> tuple[Any, Any]:
    """What holds the smallest part that can be left out. If the rest does not do without it, the next round takes more."""
    holder: Any = entry.values
    best: tuple[Any, Any] = (holder, path[0])
    for depth, step in enumerate(path):
        of_map = isinstance(holder, dict) and depth > 0 and step in holder and len(holder) > 1
        if of_map or (isinstance(holder, list) and isinstance(step, int)):
            best = (holder, step)
        if not isinstance(holder, dict | list) or (isinstance(holder, dict) and step not in holder):
            break
        holder = holder[step]  # type: ignore[index]
    return best
