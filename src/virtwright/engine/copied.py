"""The folders whose files a step copies to its host: a plan is held to what they were."""

import asyncio
from pathlib import Path as FilePath

from virtwright.engine.desired import Desired, located
from virtwright.engine.local_files import absolute, path_fields
from virtwright.engine.run import Run
from virtwright.providers.archives.digest import contents_digest
from virtwright.providers.archives.errors import ImageError
from virtwright.schemas.model import Model
from virtwright.schemas.values import Properties, value_at


async def copied_hash(run: Run, desired: Desired) -> str:
    """What ``Step.copied`` is. Folders are read on a thread: they may be large. Raises ``ImageError`` where one can't be read."""
    model, goal = desired.kind.inputs, desired.goal
    folders = copied_folders(model, absolute(model, desired.plain, goal.folder)) if path_fields(model) else []
    plan = run.selection.options.plan_file
    without = FilePath(plan) if plan else None
    try:
        digests = [await asyncio.to_thread(contents_digest, folder, without) for folder in folders]
    except ImageError as error:
        raise located(error, goal) from error.__cause__
    return run.mac(" ".join(digests).encode()) if digests else ""


def copied_folders(model: type[Model], inputs: Properties) -> list[FilePath]:
    """The folders that the inputs, with absolute paths, name, but those that have a checksum beside them."""
    named = [(path, FilePath(text)) for field in path_fields(model) for path, text in field.leaves(inputs)]
    return [folder for path, folder in named if value_at(inputs, (*path[:-1], "sha256")) is None and folder.is_dir()]
