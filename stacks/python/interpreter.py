"""The interpreter that a project's program runs with."""

import sys
from pathlib import Path

from virtwright import process
from virtwright.errors import InputError, Where
from virtwright.stacks.python.project import Project


def interpreter(project: Project) -> Path:
    """That of the project's virtual environment, else the one virtwright runs with. Raises ``InputError`` where there is
    none, and ``HostError`` where poetry can't tell."""
    folder = project.virtualenv
    if folder is None and project.toolchain == "poetry":
        told = process.run(["poetry", "--directory", str(project.folder), "env", "info", "--path"])
        folder = Path(told.stdout.strip())
    if folder is None:
        return Path(sys.executable)
    found = folder / "bin" / "python"
    if not found.exists():
        raise InputError.one(
            f"the project's virtual environment {str(folder)!r} is not there",
            where=Where(str(project.file), path="runtime.options.virtualenv"),
            hint=_make(project, folder),
        )
    return found


def _make(project: Project, folder: Path) -> str:
    if project.toolchain == "uv":
        return f"make it:\n    uv sync --directory {project.folder}"
    return f"make it:\n    python3 -m venv {folder} && {folder}/bin/pip install -r requirements.txt"
