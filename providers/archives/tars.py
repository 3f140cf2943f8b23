"""What the standard library's tarfile needs help with."""

import tarfile


def forget_headers(archive: tarfile.TarFile) -> None:
    """tarfile keeps every header it has read in memory."""
    archive.__dict__["members"] = []
