"""Adding entries to a stack's file; everything else in it stays as it is, to the letter where that can be."""

import io
import re

from virtwright.errors import InputError
from virtwright.stacks.yaml.write import lines_of


def add_entry(text: str, section: str, entry: str) -> str:
    """``text`` with ``entry``, as ``write_entry`` gives it, at the end of ``section``, which is made where it is missing."""
    lines = lines_of(text)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    head = re.compile(rf"{section}:[ \t]*(#.*)?\n")
    start = next((number for number, line in enumerate(lines) if head.fullmatch(line)), None)
    if start is None:
        if any(re.match(rf"[\"']?{section}[\"']?[ \t]*:", line) for line in lines):
            return _round_trip(text, section, entry)
        return f"{''.join(lines)}\n{section}:\n{entry}"
    end = start + 1
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and not line.startswith((" ", "\t", "#")):
            break
        if line.strip() and not line.startswith("#"):
            end = number + 1
    first = next((line for line in lines[start + 1 : end] if not line.lstrip().startswith("#")), "  ")
    indent = first[: len(first) - len(first.lstrip(" "))]
    own = "".join(f"{indent}{line[2:]}" if line.strip() else line for line in lines_of(entry))
    return "".join((*lines[:end], own, *lines[end:]))


def _round_trip(text: str, section: str, entry: str) -> str:
    """For a section that is written in one line."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        data, more = yaml.load(text), yaml.load(entry)
    except YAMLError as error:
        raise InputError.one("can't change this file: it is not valid YAML") from error
    if data.get(section) is None:
        data[section] = more
    else:
        data[section].update(more)
    buffer = io.StringIO()
    yaml.dump(data, buffer)
    return buffer.getvalue()
