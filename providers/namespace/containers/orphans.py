"""What is left of an object whose folder somebody removed by hand."""

import os
from pathlib import Path

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.network import netns
from virtwright.providers.namespace.network.members import KINDS
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.sandbox.status import group_name


def sweep(root: Root) -> None:
    """End and remove what has no folder any more. Call it under the root's lock: a folder is there before all else of
    its object, and goes last."""
    present = {name for kind in KINDS for name in _names(root.kind_folder(kind))}
    for id in _names(root.netns) - present:
        for kind in KINDS:
            Group(group_name(id, root.folder(kind, id)), detect()).remove()
        netns.remove(root.netns / id)


def _names(folder: Path) -> set[str]:
    return set(os.listdir(folder)) if folder.exists() else set()  # noqa: PTH208  called at each creation
