"""The source of a stack as this machine has it, and what it is to one that was noted before."""

import os.path
import socket
from dataclasses import replace
from pathlib import Path

from virtwright.errors import VirtwrightError
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import Keys
from virtwright.stacks.load import open_config
from virtwright.stacks.repository import has_commit, read_repository
from virtwright.stacks.source import Kinship, Source, kinship


def read_source(file: Path) -> Source:
    """That of a stack's file."""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100 - the links that lead to it stay
    here = Source(str(absolute), socket.gethostname())
    repository = read_repository(absolute.parent)
    if repository is None:
        return here
    path = os.path.relpath(absolute.parent.resolve() / absolute.name, Path(repository.top).resolve())
    return replace(
        here,
        first_commit=repository.first_commit,
        path=path,
        remote=repository.remote,
        commit=repository.commit,
    )


def compare(known: Source, now: Source, name: StackName) -> Kinship:
    """What ``now`` is to the source that the state knows of the stack called ``name``."""

    def has(commit: str) -> bool:
        return has_commit(Path(now.file).parent, commit)

    def is_there(file: str) -> bool:
        return not _is_one_file(file, now.file) and _may_be_of(Path(file), name.project)

    return kinship(known, now, has, is_there)


def _is_one_file(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


def _may_be_of(file: Path, project: str) -> bool:
    """Whether a file is one of this stack. One that can't be read may be."""
    if not file.exists():
        return False
    try:
        return open_config(file, keys=Keys()).name.project == project
    except VirtwrightError:
        return True
