"""Changing a configuration file: comments, order and quotes of what is there stay as they are."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from virtwright.errors import InputError, Where
from virtwright.files import rewrite
from virtwright.schemas.values import Value
from virtwright.stacks.config_file import SALT, VALUES
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.source import read_text

_BARE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


def put_values(path: Path, values: Mapping[str, Value], salt: str | None) -> None:
    """Set keys; the values may hold encrypted parts, whose salt is then given. Raises ``InputError``."""
    data, yaml = _load(path)
    if salt is not None and data.get(SALT) != salt:
        if SALT in data:
            data[SALT] = salt
        else:
            data.insert(0, SALT, salt)
    if data.get(VALUES) is None:
        data[VALUES] = {}
    for key, value in values.items():
        data[VALUES][key] = _written(value)
    _save(path, data, yaml)


def drop_value(path: Path, key: str) -> None:
    """Remove ``key``, which must be there. Raises ``InputError``."""
    data, yaml = _load(path)
    del data[VALUES][key]
    _save(path, data, yaml)


def _load(path: Path) -> tuple[Any, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    if not path.exists():
        return CommentedMap(), yaml
    text = read_text(path)
    try:
        data = yaml.load(text)
    except YAMLError as error:
        raise InputError.one("can't change this file: it is not valid YAML", where=Where(file=str(path))) from error
    if data is None:
        data = CommentedMap()
        if text.strip():
            data.yaml_set_start_comment(re.sub(r"(?m)^# ?", "", text.strip()))
    else:
        _check(path, data, text)
    return data, yaml


def _written(value: Value) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, dict):
        return {name: _written(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, str) and (not _BARE.fullmatch(value) or value.lower() in _WORDS):
        return DoubleQuotedScalarString(value)
    return value


def _check(path: Path, data: Any, text: str) -> None:
    """``data``, as the one reader of YAML has it, must be what the other one, which all else uses, reads in ``text``. They
    do not agree about every file. Raises ``InputError``."""
    problems = Problems(str(path))
    read = compose(text, problems).value
    top = read if isinstance(read, dict) else {}
    values = top[VALUES].value if VALUES in top else None
    if problems or _keys(top) != _keys(data) or _keys(values) != _keys(data.get(VALUES)):
        raise InputError.one(
            "this file can't be changed without changing more of it", where=Where(str(path)), hint="change it by hand"
        )


def _keys(value: Any) -> list[Any]:
    return [*value] if isinstance(value, dict) else []


def _save(path: Path, data: Any, yaml: Any) -> None:
    buffer = io.StringIO()
    yaml.dump(data, buffer)
    _check(path, data, buffer.getvalue())
    try:
        rewrite(path, buffer.getvalue())
    except OSError as error:
        raise InputError.one(f"can't write the file: {error.strerror}", where=Where(file=str(path))) from error
