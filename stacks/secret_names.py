"""Which values of what others wrote are secrets. Decision 0121 says where the line is drawn."""

import re
from typing import Final

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
