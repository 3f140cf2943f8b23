"""What a stack names of the host's own programs, which ``image: host`` shows only where it is asked to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from virtwright.errors import Problem, Where
from virtwright.providers.namespace.images.reference import HOST
from virtwright.schemas.values import Properties

FOLDERS: Final = ("/opt", "/usr/local")
_SEARCHED: Final = ("/usr/local/bin", "/usr/local/sbin")
"""Also what nearly every PATH names, whether or not something is there."""
_SYSTEM: Final = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
_PROGRAMS: Final = ("entrypoint", "command", "healthcheck.command")
"""The fields that begin with a program."""
_RECREATES: Final = "makes the container anew"
_NAMED: Final = re.compile(r"(?<![\w./~-])(?:/opt|/usr/local)(?:/[\w.@+%-]+)+")


def warnings(inputs: Properties, cost: str = _RECREATES) -> Iterator[Problem]:
    """Each field that names what is not shown, by its path or as a program that this host has there. ``cost`` says what showing
    it does. Unknown values and secrets are passed over."""
    if inputs.get("image") != HOST:
        return
    shown, search = tuple(_shown(inputs)), _search(inputs)
    for field, value in _fields(inputs):
        for path in dict.fromkeys(path for text in _texts(value) for path in _named(text)):
            if not _is_below(path, shown) and not any(_is_below(each, (path,)) for each in shown):
                yield _problem(field, f"{path} will not be there inside", path, cost)
        name = value[0] if field in _PROGRAMS and isinstance(value, list | tuple) and value else ""
        program = _hidden_program(name, search, shown) if isinstance(name, str) and "/" not in name else None
        if program is not None:
            yield _problem(field, f"{name} will not be found inside: this host has it as {program}", program, cost)


def _problem(field: str, text: str, path: str, cost: str) -> Problem:
    text = f"{text}: image: host shows of /opt and /usr/local only what host_folders names"
    return Problem(text, Where(path=field), _hint(str(PurePosixPath(path).parent), cost))


def _search(inputs: Properties) -> tuple[str, ...]:
    """The folders that a program is looked for in."""
    given = _part(inputs.get("environment"), "PATH")
    return tuple(given.split(":")) if isinstance(given, str) else (*_SEARCHED, *_SYSTEM)


def start_hint(argv: Iterable[str], layers: Iterable[str], host_folders: Iterable[str]) -> str | None:
    """What to do where a program was not found though the host has it, in a folder that is not shown."""
    path = _hidden_program(next(iter(argv), ""), _SEARCHED, tuple(host_folders)) if HOST in layers else None
    hint = f"the host has {path}, which image: host does not show; "
    return hint + _hint(str(PurePosixPath(path).parent), _RECREATES) if path is not None else None


def _hidden_program(name: str, search: Iterable[str], shown: tuple[str, ...]) -> str | None:
    """Where this host has the program, if that is not shown, and there is no other in a folder that is."""
    hidden = None
    for path in [name] if "/" in name else [f"{folder}/{name}" for folder in search if name]:
        seen = not _is_below(path, FOLDERS) or _is_below(path, shown)
        if seen and (path in shown or Path(path).exists()):
            return None
        if hidden is None and not seen and Path(path).is_file():
            hidden = path
    return hidden


def _hint(folder: str, cost: str) -> str:
    return f"show it, which {cost}:\n    namespace: {{host_folders: [{folder}]}}"


def _fields(inputs: Properties) -> Iterator[tuple[str, Any]]:
    for field in ("entrypoint", "command", "working_dir"):
        yield field, inputs.get(field)
    yield "healthcheck.command", _part(inputs.get("healthcheck"), "command")
    environment = inputs.get("environment")
    for name, value in environment.items() if isinstance(environment, Mapping) else ():
        yield f"environment.{name}", _without_usual(value)
    commands = _part(inputs.get("cloud_init"), "runcmd")
    for index, command in enumerate(commands if isinstance(commands, list | tuple) else ()):
        yield f"cloud_init.runcmd[{index}]", command


def _shown(inputs: Properties) -> Iterator[str]:
    folders = _part(inputs.get("namespace"), "host_folders")
    yield from _texts(folders)
    for field, part in (("volumes", "mount"), ("files", "path")):
        entries = inputs.get(field)
        for entry in entries if isinstance(entries, list | tuple) else ():
            yield from _texts(_part(entry, part))


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, str))


def _without_usual(value: Any) -> Any:
    """A search path without the folders that every one has."""
    if not isinstance(value, str) or ":" not in value:
        return value
    return ":".join(item for item in value.split(":") if item not in _SEARCHED)


def _named(text: str) -> Iterator[str]:
    return (match.group().rstrip(".") for match in _NAMED.finditer(text))


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
