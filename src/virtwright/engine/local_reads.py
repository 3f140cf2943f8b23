"""The files of the machine that runs virtwright, as a plan tells of them: where content came from, and what lies outside of
the stack's folder."""

import os.path
from collections.abc import Iterator

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Path, render_path
from virtwright.stacks.base import Goal


@dataclass(frozen=True, slots=True, order=True)
class OutsideFile:
    """A file or folder outside of the stack's folder, which the stack names. An event of a plan, and a part of it."""

    file: str
    """Absolute, links followed."""
    urn: Urn
    """The resource or host that names it."""
    field: str


def sources_of(goal: Goal) -> dict[Path, str]:
    """By the field that it is the value of: the file that was read, as the stack's folder has it."""
    below = goal.folder.rstrip("/") + "/"
    return {read.content: read.file.removeprefix(below) for read in goal.reads if read.content is not None}


def outside_files(goal: Goal) -> Iterator[OutsideFile]:
    """What the inputs of a goal name outside of the stack's folder. A link in the folder leads outside too."""
    if not goal.folder:
        return
    folder = os.path.realpath(goal.folder)
    for read in goal.reads:
        file = os.path.realpath(read.file)
        if os.path.commonpath((file, folder)) != folder:
            yield OutsideFile(file, goal.urn, render_path(read.path))
