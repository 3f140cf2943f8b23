"""Finding the files of a Compose project, its folder and its variables, as ``docker compose`` does.

Source: https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file and
https://docs.docker.com/compose/how-tos/environment-variables/envvars/.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from virtwright.errors import InputError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.compose.project import Request
from virtwright.stacks.compose.read import read_variables

NAMES: Final = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES: Final = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a project is."""

    files: tuple[Path, ...]
    folder: Path
    variables: dict[str, str] = field(repr=False)


def find_project(request: Request, environment: Mapping[str, str], current: Path) -> Found:
    """Raises ``InputError`` where there is no file."""
    given = request.files
    if len(given) == 1 and given[0].is_dir():
        return _found(_in_folder(given[0].absolute()), request, environment)
    if given:
        for file in given:
            if not file.is_file():
                raise InputError.one(f"there is no file {str(file)!r}", where=Where(file=str(file)))
        return _found(tuple(file.absolute() for file in given), request, environment)
    variables = _variables(request, environment, current)
    if text := variables.get("COMPOSE_FILE"):
        separator = variables.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
        return _named(text.split(separator), current, variables)
    for folder in (current, *current.parents):
        if any((folder / name).is_file() for name in NAMES):
            return _found(_in_folder(folder), request, environment)
    raise InputError.one(
        "there is no Compose file in this folder or above it",
        where=Where(file=str(current)),
        hint=f"name it; it is looked for as {', '.join(NAMES)}:\n    virtwright convert FILE",
    )


def _named(names: list[str], folder: Path, variables: dict[str, str]) -> Found:
    files = tuple(folder / name for name in names)
    for file in files:
        if not file.is_file():
            raise InputError.one(f"COMPOSE_FILE names {file}, which is not there", where=Where(file=str(file)))
    return Found(files, files[0].parent, variables)


def _found(files: tuple[Path, ...], request: Request, environment: Mapping[str, str]) -> Found:
    folder = files[0].parent
    return Found(files, folder, _variables(request, environment, folder))


def _in_folder(folder: Path) -> tuple[Path, ...]:
    main = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if main is None:
        raise InputError.one(
            "there is no Compose file in this folder",
            where=Where(file=str(folder)),
            hint=f"it is looked for as {', '.join(NAMES)}",
        )
    override = next((folder / name for name in _OVERRIDES if (folder / name).is_file()), None)
    return (main, override) if override else (main,)


def _variables(request: Request, environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment, and below it the env files: the later ones first."""
    files: tuple[Path, ...] = request.env_files
    for file in files:
        if not file.is_file():
            raise InputError.one(f"there is no file {str(file)!r}", where=Where(file=str(file), path="--env-file"))
    if not files and (folder / ".env").is_file():
        files = (folder / ".env",)
    return with_env_files(files, environment)


def with_env_files(files: tuple[Path, ...], environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``files`` where ``environment`` has none. Raises ``InputError``."""
    found: dict[str, str] = {}
    for file in files:
        found.update(read_variables(file, {**found, **environment}))
    return {**found, **environment}


def active_profiles(request: Request, variables: Mapping[str, str]) -> frozenset[str]:
    named = [each.strip() for each in variables.get("COMPOSE_PROFILES", "").split(",")]
    return frozenset(each for each in (*request.profiles, *named) if each)


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


def project_name(request: Request, variables: Mapping[str, str], written: str | None, folder: Path) -> str:
    """The name that was given, else ``COMPOSE_PROJECT_NAME``, else that in the file, else the folder's.

    Raises ``InputError`` for one that can't be.
    """
    for given in (request.name, variables.get("COMPOSE_PROJECT_NAME"), written):
        if given:
            if not _NAME.fullmatch(given):
                raise InputError.one(
                    f"{ascii(given)[:80]} is no name for a project: use lower-case letters, digits, '-' and '_', "
                    "beginning with a letter or digit",
                    where=Where(path="--project-name" if given == request.name else "name"),
                )
            return given
    name = re.sub(r"[^-_a-z0-9]", "", folder.resolve().name.lower()).lstrip("_-")
    if not name:
        raise InputError.one("the folder's name gives no project name", hint="give one:\n    --project-name NAME")
    return name
