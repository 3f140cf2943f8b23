"""YAML that a user gives as the text of a field. It may be a secret, so that no error quotes it."""

import re
from typing import Any, Final

from virtwright.errors import InputError, Where

_DEEPEST: Final = 100
_QUOTED: Final = re.compile(r"""(["']).*\1""", re.DOTALL)


def read_yaml(text: str, where: str, *, version: str = "1.2") -> Any:
    """What the document holds. Raises ``InputError`` with line and column in the document; ``where`` is the field's path."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    reader = YAML(typ="safe", pure=True)
    reader.version = version
    try:
        _check_events(text, where)
        return reader.load(text)
    except DuplicateKeyError as error:
        raise InputError.one(f"a key stands twice{_at(error)}", where=Where(path=where)) from None
    except MarkedYAMLError as error:
        problem = _QUOTED.sub("…", str(error.problem or "")).split("\n")[0]
        raise InputError.one(f"is no YAML{_at(error)}: {problem}", where=Where(path=where)) from None
    except (YAMLError, RecursionError, ValueError, LookupError, AttributeError, TypeError):
        raise InputError.one("is no YAML", where=Where(path=where)) from None


def _check_events(text: str, where: str) -> None:
    """Raises ``InputError`` for what a small document could use to become a huge one, and what takes ever longer to read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in YAML(typ="safe").parse(text):  # not in pure Python: that one takes seconds for 20,000 brackets
        if isinstance(event, AliasEvent):
            raise InputError.one("holds YAML aliases", where=Where(path=where), hint="write the values out")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _DEEPEST:
            raise InputError.one(f"is no YAML that is read: more than {_DEEPEST} lists and mappings in one another",
                                 where=Where(path=where))  # fmt: skip


def _at(error: Any) -> str:
    mark = error.problem_mark
    return f" in its line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
