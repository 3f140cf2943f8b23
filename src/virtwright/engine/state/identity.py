"""A stack's identity: what tells it from all others, also from those of its name. Pure but for the random number.

It is made with the state and borne by every stamp (docs/decisions/0471).
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

PATTERN: Final = "[0-9a-f]{16}"
_DIGITS: Final = 16


def new_identity() -> str:
    """16 hex digits that no other stack has."""
    return secrets.token_hex(_DIGITS // 2)


def identity_of(row: Mapping[str, Any]) -> str:
    """That of a stack's row. A row from before there were identities has a ``uid``, which is as random."""
    identity: str = row["identity"] or row["uid"][:_DIGITS]
    return identity


def is_identity(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(PATTERN, value) is not None
