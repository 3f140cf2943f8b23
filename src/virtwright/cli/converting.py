"""A converted stack is checked, reported and written; nothing is written where anything is wrong."""

import json
import os
import sys
from pathlib import Path
from typing import Final

from virtwright.cli.settings import Settings
from virtwright.errors import InputError, RefusedError, Where
from virtwright.stacks.base import StackName
from virtwright.stacks.compose.convert.whole import Converted
from virtwright.stacks.compose.project import Project
from virtwright.stacks.compose.write import write_stack

STDOUT: Final = Path("-")


def check_host(uri: str) -> None:
    """Raises ``InputError`` for a URI that no host can have."""
    from pydantic import ValidationError

    from virtwright.schemas.host import Host
    from virtwright.schemas.problems import problems_of

    try:
        Host.model_validate({"uri": uri})
    except ValidationError as error:
        raise InputError.one(problems_of(error)[0].message, where=Where(path="--host")) from error


def finish(
    settings: Settings, project: Project, converted: Converted, place: Path, *, strict: bool, force: bool
) -> int:
    """Raises ``InputError`` where the stack would not be valid and ``RefusedError`` where a file is there already."""
    text = write_stack(converted, ", ".join(_near(file) for file in project.files))
    to_file = place != STDOUT
    beside = _config_file(place, converted)
    if to_file and not force:
        _refuse_existing(place, *([beside] if converted.secrets else ()))
    _check(text, place if to_file else Path.cwd() / f"{converted.name}.yaml", converted)
    failed = strict and bool(converted.lost)
    written = to_file and not failed
    if written:
        _write(place, text, beside, converted)
    elif not to_file and not failed and not settings.json:
        print(text, end="")
    _report(settings, converted, place if written else None, text if not to_file else None, failed=failed)
    return 1 if failed else 0


def _near(file: Path) -> str:
    return os.path.relpath(file)


def _config_file(place: Path, converted: Converted) -> Path:
    from virtwright.stacks.config_file import file_beside

    return file_beside(place, converted.name)


def _refuse_existing(*places: Path) -> None:
    for place in places:
        if place.exists():
            raise RefusedError(
                f"{place} is there already",
                where=Where(file=str(place)),
                hint="choose another name with --output, or write over it with --force",
            )


def _check(text: str, place: Path, converted: Converted) -> None:
    """The stack must be one: what the reader says of it is said before it is written."""
    from virtwright.stacks.config import Configuration, Declarations
    from virtwright.stacks.yaml.document import read_program

    def configure(name: StackName, declarations: Declarations) -> Configuration:
        from virtwright.stacks.config import settle
        from virtwright.stacks.config_file import ConfigFile

        given = [f"{key}={value}" for key, value in converted.secrets.items()]
        return settle(name, declarations, given=given, environment={}, file=ConfigFile(place), keys=None)

    try:
        read_program(text, place, None, configure)
    except InputError as error:
        message = f"the stack would not be valid: {error.message}"
        raise InputError.one(message, where=Where(path=error.where.path), hint=error.hint) from error


def _write(place: Path, text: str, beside: Path, converted: Converted) -> None:
    try:
        if converted.secrets:
            _write_secrets(text, place, beside, converted)
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError.one(f"can't write the stack: {error.strerror}", where=Where(file=str(place))) from error


def _write_secrets(text: str, place: Path, beside: Path, converted: Converted) -> None:
    from virtwright.stacks.config_store import ConfigStore
    from virtwright.stacks.keys import Keys
    from virtwright.stacks.yaml.document import read_declarations

    project, declarations = read_declarations(text, place)
    store = ConfigStore(beside, StackName(project, project), declarations, Keys())
    for name, value in converted.secrets.items():
        store.set(name, value, secret=True)


def _report(settings: Settings, converted: Converted, written: Path | None, text: str | None, *, failed: bool) -> None:
    if settings.json:
        print(json.dumps(_as_json(converted, written, text), indent=2))
        return
    from virtwright.cli.render.console import standard_error
    from virtwright.cli.render.conversion import render_findings, render_outcome

    console = standard_error(color=settings.color)
    if converted.findings:
        console.print(render_findings(converted.findings), soft_wrap=True)
    beside = _config_file(written, converted) if written and converted.secrets else None
    missing = list(converted.secrets) if written is None and not failed else []
    console.print(render_outcome(converted, written, beside, missing, failed=failed), soft_wrap=True)
    sys.stderr.flush()


def _as_json(converted: Converted, written: Path | None, text: str | None) -> dict[str, object]:
    findings = [
        {
            "weight": each.weight,
            "file": each.where.file,
            "line": each.where.line,
            "column": each.where.column,
            "key": each.where.path,
            "means": each.means,
            "instead": each.instead,
        }
        for each in converted.findings
    ]
    return {"stack": converted.name, "file": str(written) if written else None, "text": text, "findings": findings}
