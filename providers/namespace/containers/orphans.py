"""What is left of an object whose folder somebody removed by hand."""

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.network import netns
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.supervisor import group_name


def sweep(root: Root) -> None:
    """End and remove what has no folder any more. Call it under the root's lock: a folder is there before all else of
    its object, and goes last."""
    for path in root.netns.iterdir() if root.netns.exists() else ():
        folders = [root.folder(kind, path.name) for kind in ("Container", "VirtualMachine")]
        if any(folder.exists() for folder in folders):
            continue
        for folder in folders:
            Group(group_name(path.name, folder), detect()).remove()
        netns.remove(path)
