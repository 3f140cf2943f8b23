"""Which values are secrets, and how they reach the stack: as configuration that is stored encrypted.

Decision 0121 says where the line is drawn.
"""

import re
from typing import Any, Final

from virtwright.stacks.compose.convert.draft import Draft, Reference

_SECRET_NAME: Final = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|SECRET_?KEY|ENCRYPTION_?KEY|"
    r"CREDENTIALS?)$",
    re.IGNORECASE,
)
_URL_PASSWORD: Final = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/@\s:]*:[^/@]+@")
_PLAIN: Final = frozenset(("", "true", "false", "yes", "no", "1", "0"))


def is_secret(name: str, value: str) -> bool:
    """Whether a variable called ``name`` holds a secret: by its name, or since its value is a URL with a password."""
    return value.lower() not in _PLAIN and bool(_SECRET_NAME.search(name) or _URL_PASSWORD.match(value))


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
    candidates = (base, longer, *(f"{longer}_{number}" for number in range(2, 10_000)))
    return next(each[:63] for each in candidates if each[:63] not in draft.config)


def environment_value(draft: Draft, name: str, value: str, hint: str | None, owner: str) -> Any:
    """What stands in the stack for a variable's value."""
    return secret(draft, value, hint or name, owner) if is_secret(name, value) else value
