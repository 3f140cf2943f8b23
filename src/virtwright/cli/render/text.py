"""Foreign text made safe to show: what hosts and stacks say must not steer the terminal."""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.text import Text

from virtwright.schemas.text import INVISIBLE

_STEERING: Final = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{INVISIBLE}]")
"""Control characters, marks that reorder text, what can't be seen, and halves of surrogate pairs, which no stream can encode."""
_LIMIT: Final = 2_000


def escape(text: str) -> str:
    """Control characters spelled out, as ``\\x1b``. Newlines and tabs stay."""
    return _STEERING.sub(_spell, text)


def escape_line(text: str) -> str:
    """As ``escape``, on one line."""
    return escape(text).replace("\n", "\\n").replace("\t", "\\t")


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shorten(text: str, limit: int = _LIMIT) -> str:
    """At most ``limit`` characters, and what was cut said in words."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters)"


def safe(text: object, style: str = "") -> "Text":
    """Foreign text as one line of rich text; markup in it has no meaning."""
    from rich.text import Text

    return Text(escape_line(str(text)), style=style)


def safe_block(text: object, style: str = "") -> "Text":
    """Foreign text that may have several lines."""
    from rich.text import Text

    return Text(escape(str(text)).expandtabs(4), style=style)


def safe_quote(text: object) -> "Text":
    """The same, each further line marked as such: what others say must not look like what virtwright says."""
    from rich.text import Text

    first, *others = safe_block(text).plain.split("\n")
    return Text("\n").join([Text(first), *(Text.assemble(("  │ ", "dim"), line) for line in others)])
