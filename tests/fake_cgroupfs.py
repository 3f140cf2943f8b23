"""A fake of the kernel's v2 control-group file system: a folder of plain files that answers as the kernel does where
that can be done with files. Groups are emptied and deleted by the test, not by a kernel."""

from pathlib import Path

from virtwright.providers.namespace.cgroups.layout import Layout


class FakeCgroup2:
    """A v2 hierarchy below ``folder``. What is written can be read; ``offered`` is what the root delegates."""

    def __init__(self, folder: Path, offered: str = "cpuset cpu io memory pids") -> None:
        self.folder = folder
        folder.mkdir()
        self.prepare(folder, offered)

    def prepare(self, group: Path, offered: str) -> None:
        """Make the files that the kernel makes in a new group."""
        group.mkdir(exist_ok=True)
        (group / "cgroup.controllers").write_text(f"{offered}\n")
        (group / "cgroup.subtree_control").write_text("")
        (group / "cgroup.procs").write_text("")

    @property
    def layout(self) -> Layout:
        return Layout({}, self.folder)
