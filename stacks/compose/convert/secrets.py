"""Which values are secrets, and how they reach the stack: as configuration that is stored encrypted.

Decision 0121 says where the line is drawn.
"""

import re
from itertools import chain, count
from typing import Any

from virtwright.stacks.compose.convert.draft import Draft
from virtwright.stacks.secret_names import is_secret
from virtwright.stacks.yaml.written import Reference


def secret(draft: Draft, value: str, hint: str, owner: str) -> Reference:
    """A reference to the configuration key that holds ``value``; one key for each value. ``hint`` names it."""
    for name, known in draft.secrets.items():
        if known == value:
            return Reference(f"${{config.{name}}}")
    name = config_name(draft, hint, owner)
    draft.config[name] = {"type": "string", "secret": True}
    draft.secrets[name] = value
    return Reference(f"${{config.{name}}}")


def config_name(draft: Draft, hint: str, owner: str) -> str:
    """A free name for a configuration key."""
    base = re.sub(r"[^a-z0-9]+", "_", hint.lower()).strip("_") or "value"
    longer = re.sub(r"[^a-z0-9]+", "_", f"{owner}_{base}".lower()).strip("_")
    candidates = chain([base, longer], (f"{longer}_{number}" for number in count(2)))
    return next(each[:63] for each in candidates if each[:63] not in draft.config)


def environment_value(draft: Draft, name: str, value: str, hint: str | None, owner: str) -> Any:
    """What stands in the stack for a variable's value."""
    return secret(draft, value, hint or name, owner) if is_secret(name, value) else value
