"""Plain scalars by YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema): ``no``, ``on`` and ``22:22``
are text, ``0o7`` is 7, ``1e3`` is a number."""

import math
import re
from typing import Final

from virtwright.stacks.yaml.nodes import Scalar

_TAG: Final = "tag:yaml.org,2002:"
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_FIRST: Final = frozenset("-+.0123456789")
_LONGEST_NUMBER: Final = 400
_LARGEST_INTEGER: Final = 2**63


def resolve(text: str) -> Scalar:
    """What a plain (unquoted, untagged) scalar means. Raises ``ValueError`` for a number that JSON can't hold."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _FIRST else text


def resolve_tagged(text: str, tag: str) -> Scalar:
    """What a scalar with an explicit tag means. Raises ``ValueError`` where the tag is refused or doesn't fit."""
    if tag in ("!", f"{_TAG}str"):
        return text
    expected = {
        f"{_TAG}int": (int,),
        f"{_TAG}float": (int, float),
        f"{_TAG}bool": (bool,),
        f"{_TAG}null": (type(None),),
    }
    if tag not in expected:
        raise ValueError(f"the tag {short_tag(tag)} is not allowed: a stack holds plain values only")
    value = resolve(text)
    if type(value) not in expected[tag]:
        raise ValueError(f"this value does not fit its tag {short_tag(tag)}")
    return float(value) if tag == f"{_TAG}float" and isinstance(value, int) else value


def is_collection_tag(tag: str, kind: str) -> bool:
    """Whether ``tag`` only says what a collection of this kind (``seq`` or ``map``) is anyway."""
    return tag in ("!", f"{_TAG}{kind}")


def short_tag(tag: str) -> str:
    """A tag as people write it: ``!!python/name``."""
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag


def _number(text: str) -> Scalar:
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        value = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if not -_LARGEST_INTEGER <= value < _LARGEST_INTEGER:
            raise ValueError("this number is too large (put it in quotes if it is meant as text)")
        return value
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError("this number is too large (put it in quotes if it is meant as text)")
        return number
    if _ENDLESS.fullmatch(text):
        raise ValueError("this is no finite number (put it in quotes if it is meant as text)")
    return text
