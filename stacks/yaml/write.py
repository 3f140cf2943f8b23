"""The text of a stack, as a person would have written it."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.quantities import format_duration, format_size
from virtwright.stacks.yaml.written import Duration, Reference, Size

_ORDER: Final = (
    "mode", "replicas", "cidr", "gateway", "cidr6", "gateway6", "mtu", "image", "source", "tags", "pull", "entrypoint", "command", "environment", "working_dir", "user",
    "hostname", "ports", "networks", "volumes", "files", "resources", "restart", "healthcheck", "stop_signal",
    "stop_timeout", "placement", "update", "rollback", "capabilities", "drop_capabilities", "read_only", "labels", "docker",
    "depends_on", "wait_for", "protect",
)  # fmt: skip
_PLAIN: Final = re.compile(r"[A-Za-z_./][A-Za-z0-9_./@+-]*")
_PLAIN_IN_BLOCK: Final = re.compile(r"[A-Za-z_./][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+-]+)*")
_WORDS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", "."))
_FLOW: Final = 90
"""The longest list or map that is written in one line."""
_BLOCK: Final = frozenset(
    ("environment", "labels", "files", "docker", "source", "build", "healthcheck", "update", "rollback")
)
"""Maps that are easier to read and to change with one key a line."""


def write_stack(
    name: str, host: str, config: Mapping[str, Mapping[str, Any]], sections: Mapping[str, Iterable[str]], remark: str
) -> str:
    """The YAML text of a stack's file. ``config`` are declarations of keys, ``sections`` the entries as ``write_entry`` gives
    them, ``remark`` the comment at the beginning."""
    parts = [f"{remark}stack: {write_scalar(name)}\n", f"hosts:\n  main: {{uri: {write_scalar(host)}}}\n"]
    if config:
        parts.append("config:\n" + "".join(write_key(key, declared) for key, declared in config.items()))
    for section in SECTIONS:
        if entries := "".join(sections.get(section, ())):
            parts.append(f"{section}:\n{entries}")
    return "\n".join(parts)


def write_scalar(text: str) -> str:
    return _dump(_text(text, flow=True)).strip()


def write_document(values: Mapping[str, Any]) -> str:
    """Maps and scalars, each on a line of its own. ``${`` has no meaning in it."""
    return _dump(_blocks(values))


def _blocks(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_text(key): _blocks(each) for key, each in value.items()}
    return _text(Reference(value) if isinstance(value, str) else value)


def write_key(name: str, declared: Mapping[str, Any]) -> str:
    """The line that declares a configuration key."""
    return f"  {name}: {_dump(_flow(declared)).strip()}\n"


def write_entry(name: str, values: Mapping[str, Any], comment: str | None = None) -> str:
    """A resource, as it stands in its section."""
    values = dict(sorted(values.items(), key=lambda pair: _ORDER.index(pair[0]) if pair[0] in _ORDER else 99))
    styled = {_text(key): _styled(each, key) for key, each in values.items()}
    lines = lines_of(_dump({_text(name): styled or _flow({})}))
    comment = f"  # {comment}\n" if comment else ""
    return comment + "".join(f"  {line}" if line.strip() else line for line in lines)


def lines_of(text: str) -> list[str]:
    """Its lines, each with the newline that ends it. ``splitlines`` would also split at separators inside a value."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _dump(value: Any) -> str:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    buffer = io.StringIO()
    yaml.dump(value, buffer)
    return buffer.getvalue().removesuffix("...\n")


def _styled(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        if not value or (key not in _BLOCK and _is_short(value)):
            return _flow(value)
        return {_text(name): _styled(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return _flow(value) if key != "files" and _is_short(value) else [_styled(each, key) for each in value]
    return _text(value)


def _is_short(value: Any) -> bool:
    if isinstance(value, list) and any(isinstance(each, Mapping) and len(each) == 1 for each in value):
        return False  # the writer would leave its braces out
    texts = list(_leaves(value))
    return (
        sum(len(text) + 2 for text in texts) <= _FLOW and not any("\n" in text for text in texts) and _depth(value) <= 2
    )


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield key
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield str(_text(value))


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((_depth(each) for each in inner), default=0)


def _flow(value: Any) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, Mapping):
        made: Any = CommentedMap({_text(name, flow=True): _flow(each) for name, each in value.items()})
    elif isinstance(value, list):
        made = CommentedSeq([_flow(each) for each in value])
    else:
        return _text(value, flow=True)
    made.fa.set_flow_style()
    return made


def _text(value: Any, *, flow: bool = False) -> Any:
    """A scalar as it is written: quantities with units, texts in quotes where a reader might take them for something else."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if isinstance(value, Size):
        return format_size(int(value))
    if isinstance(value, Duration):
        return format_duration(float(value))
    if isinstance(value, float) and value == int(value):
        return int(value)
    if not isinstance(value, str):
        return value
    text = str(value) if isinstance(value, Reference) else value.replace("${", "$${")
    if "\n" in text and _fits_a_block(text):
        return LiteralScalarString(text)
    if (_PLAIN if flow else _PLAIN_IN_BLOCK).fullmatch(text) and text.lower() not in _WORDS:
        return text
    return DoubleQuotedScalarString(text)


def _fits_a_block(text: str) -> bool:
    lines = text.split("\n")
    return (
        text.isascii() and all(line == line.rstrip() and line.isprintable() for line in lines) and not text[0].isspace()
    )
