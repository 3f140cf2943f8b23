"""YAML for cloud-init: written as JSON, so that no text can be taken for anything else."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

VERSION: Final = "1.1"
"""Of YAML, that cloud-init's parser reads."""
_UNPRINTABLE: Final = "[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""A pattern, which takes milliseconds to compile and is hardly ever needed: what a YAML document must not hold as it is, or what is a
line break in it."""


def to_yaml(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return re.sub(_UNPRINTABLE, lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
