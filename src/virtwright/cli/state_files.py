"""Exported states as files."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from virtwright.errors import InputError, Where
from virtwright.stacks.base import StackName

_MOST_BYTES: Final = 1024**3


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read. Raises ``InputError``."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
    except OSError as error:
        raise InputError.one(f"can't write the file: {error.strerror}", where=Where(file=str(path))) from error


def read_document(path: Path) -> Mapping[str, Any]:
    """Read a JSON object; ``-`` is standard input. Raises ``InputError``."""
    where = Where(file="standard input" if str(path) == "-" else str(path))
    try:
        data = sys.stdin.buffer.read(_MOST_BYTES) if str(path) == "-" else path.read_bytes()
        document = json.loads(data, parse_constant=_refuse)
        json.dumps(document, ensure_ascii=False).encode()  # half of a surrogate pair can't be stored
    except OSError as error:
        raise InputError.one(f"can't read the file: {error.strerror}", where=where) from error
    except (ValueError, RecursionError) as error:
        raise InputError.one("this is not JSON", where=where, hint="give what virtwright state export wrote") from error
    if not isinstance(document, dict):
        raise InputError.one("this is not an exported state", where=where)
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def document_name(document: Mapping[str, Any], path: Path) -> StackName:
    """Which stack an exported state is of. Raises ``InputError``."""
    match document.get("stack"):
        case {"project": str(project), "name": str(name)}:
            return StackName(project, name)
    raise InputError.one("this is not an exported state: it does not name its stack", where=Where(file=str(path)))
