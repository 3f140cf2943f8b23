"""What the operator of a machine has set for all stacks: one file of the operator's own, never one of a stack.

It is TOML, at ``~/.config/virtwright/config.toml`` on Linux. Files that others could have written are refused, as SSH does.
"""

import json
import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from virtwright.errors import InputError, Problem, RefusedError, Where
from virtwright.files import alone, rewrite

FILE_NAME: Final = "config.toml"
_LARGEST: Final = 1024**2


def _exact(uri: str) -> str:
    """A URI is held against a stack's as it is."""
    if "*" in uri or "*" in unquote(uri):
        raise ValueError("has a '*'")
    if ":" in unquote(urlsplit(uri).netloc.rpartition("@")[0]):
        raise ValueError("has a password")
    return uri


def _plain(path: str) -> str:
    """Without anything that hides what it means."""
    if {".", ".."} & set(path.split("/")):
        raise ValueError("has '.' or '..'")
    return path


HostUri = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://\S*$", max_length=2048), AfterValidator(_exact)
]
OwnPath = Annotated[
    str, StringConstraints(pattern=r"^(/|~/)[^\x00-\x1f\x7f]*$", max_length=4096), AfterValidator(_plain)
]


class OperatorSettings(BaseModel):
    """The settings of the operator of a machine."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="virtwright operator settings")

    allowed_hosts: tuple[HostUri, ...] = Field(
        default=(),
        description="URIs of hosts that a plan with --untrusted may ask, besides those of the last applied state.",
    )
    allow_path: tuple[OwnPath, ...] = Field(
        default=(),
        description="Files and folders, absolute or below ~, that a stack may read with --untrusted, besides its own folder.",
    )

    @property
    def paths(self) -> tuple[Path, ...]:
        """``allow_path``, absolute."""
        return tuple(Path(text).expanduser() for text in self.allow_path)


def settings_file(environment: Mapping[str, str]) -> Path:
    """Where the settings are, whether the file is there or not."""
    import platformdirs

    chosen = environment.get("XDG_CONFIG_HOME", "").strip()
    folder = Path(chosen) / "virtwright" if chosen else platformdirs.user_config_path("virtwright")
    return folder / FILE_NAME


def read_settings(environment: Mapping[str, str], stranger: Path | None = None) -> OperatorSettings:
    """The settings; the defaults where there is no file. ``stranger`` is the checkout of a stack that is not trusted.

    Raises ``RefusedError`` where the file could be somebody else's, and ``InputError`` where it is wrong."""
    file = settings_file(environment)
    if stranger is not None and _is_below(file, stranger):
        raise RefusedError(
            "the operator's settings would be read from the checkout of the stack, which is not trusted",
            where=Where(file=str(file)),
            hint="set HOME and XDG_CONFIG_HOME to folders that no stack has",
        )
    text = _read(file)
    return OperatorSettings() if text is None else parse(text, file)


def parse(text: str, file: Path) -> OperatorSettings:
    """Raises ``InputError`` with all that is wrong."""
    try:
        return OperatorSettings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError.one(f"this is not TOML: {error}", where=Where(file=str(file))) from error
    except ValidationError as error:
        raise InputError([_problem(each, text, file) for each in error.errors(include_url=False)]) from None


def to_toml(settings: OperatorSettings) -> str:
    """As the file has it."""
    lines = []
    for name, values in settings.model_dump().items():
        items = "".join(f"    {_quoted(value)},\n" for value in values)
        lines.append(f"{name} = [\n{items}]\n" if items else f"{name} = []\n")
    return "".join(lines)


def change_settings(change: Callable[[OperatorSettings], OperatorSettings]) -> None:
    """Write the operator's settings anew. Raises ``InputError`` where they would be wrong, or have what would be lost."""
    file = settings_file(os.environ)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(file):
        text = _read(file)
        now = OperatorSettings() if text is None else parse(text, file)
        if "#" in (text or ""):
            raise InputError.one(
                "the operator's settings have comments, which would be lost",
                where=Where(file=str(file)),
                hint="edit the file itself; `virtwright operator show` checks it",
            )
        new = to_toml(change(now))
        parse(new, file)
        try:
            rewrite(file, new)
        except OSError as error:
            raise InputError.one(f"can't be written: {error.strerror}", where=Where(file=str(file))) from error


def _quoted(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _problem(told: Any, text: str, file: Path) -> Problem:
    name = str(told["loc"][0]) if told["loc"] else ""
    path = name + "".join(f"[{part}]" for part in told["loc"][1:])
    lines = (number for number, line in enumerate(text.split("\n"), 1) if line.split("=")[0].strip(" \t\"'[]") == name)
    where = Where(str(file), next(lines, None), path=path)
    if told["type"] == "extra_forbidden":
        return Problem(f"unknown key {name!r}", where, f"known keys: {', '.join(OperatorSettings.model_fields)}")
    expected = {
        "allowed_hosts": "a URI, as docker+ssh://root@web1, with no password and no '*'",
        "allow_path": "a path that begins with / or ~/ and has no '..' in it",
    }
    what = expected.get(name, "") if len(told["loc"]) > 1 else "a list of texts"
    return Problem(f"expected {what}", where)


def _read(file: Path) -> str | None:
    """None where there is no file. What is checked is what is read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError.one(f"can't be read: {error.strerror}", where=Where(file=str(file))) from error
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise InputError.one("is not a regular file", where=Where(file=str(file)))
        _refuse_others(file, status)
        for folder in _on_the_way(file):
            _refuse_others(folder, folder.stat())
        data = stream.read(_LARGEST + 1)
    try:
        if len(data) > _LARGEST:
            raise InputError.one("is larger than 1 MiB", where=Where(file=str(file)))
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputError.one("is not UTF-8 text", where=Where(file=str(file))) from error


def _on_the_way(file: Path) -> list[Path]:
    """Each folder that the file is found through, by its name and by where links lead: who can write in one of them decides which
    file it is."""
    places = (file.absolute(), file.resolve())
    return list(dict.fromkeys(parent for place in places for parent in place.parents))


def _refuse_others(path: Path, status: os.stat_result) -> None:
    """In a folder like ``/tmp`` everybody can write, and only an owner can take away what is there."""
    if status.st_uid not in (0, os.geteuid()):
        raise RefusedError("the operator's settings belong to another user", where=Where(file=str(path)))
    shared = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not shared:
        raise RefusedError(
            "the operator's settings can be written by others",
            where=Where(file=str(path)),
            hint=f"make them yours alone:\n    chmod go-w {path}",
        )


def _is_below(file: Path, folder: Path) -> bool:
    """By its name, or by where a link leads."""
    places = (file.absolute(), file.resolve())
    return any(place.is_relative_to(root) for place in places for root in (folder, folder.resolve()))
