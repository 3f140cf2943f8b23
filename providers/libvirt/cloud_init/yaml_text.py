"""YAML as cloud-init's parser reads it (1.1): written as JSON, so that no text can be taken for anything else; read to see
whether it is any."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from virtwright.errors import InputError, Where

_UNPRINTABLE: Final = re.compile("[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What a YAML document must not hold as it is, or what is a line break in it."""
_DEEPEST: Final = 100
_QUOTED: Final = re.compile(r"""(["']).*\1""", re.DOTALL)


def to_yaml(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def check_yaml(text: str, where: str) -> Any:
    """What the document holds. Raises ``InputError`` with line and column in the document; nothing of it is quoted, as it may
    be a secret."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    reader = YAML(typ="safe", pure=True)
    reader.version = "1.1"
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
