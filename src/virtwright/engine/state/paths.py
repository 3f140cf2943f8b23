"""What lies beside a database on this machine."""

from pathlib import Path


def backups_beside(base: Path) -> Path:
    """The folder of the backups."""
    return base.with_name(f"{base.name}.backups")


def serials_beside(base: Path) -> Path:
    """The folder of the marks of serials."""
    return base.with_name(f"{base.name}.serials")
