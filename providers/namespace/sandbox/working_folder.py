"""The folder that a program starts in."""

import os

from virtwright.providers.namespace.kernel.calls import getcwd
from virtwright.providers.namespace.kernel.errors import SandboxError, fail


def enter(folder: str) -> None:
    """Make ``folder`` the current one. Raises ``SandboxError``, also where it lies outside of the root: a link of
    ``/proc`` leads to whatever a process has open."""
    try:
        os.chdir(folder)
    except OSError as error:
        fail(error, f"enter the working folder {folder}")
    try:
        reached = getcwd()
    except SandboxError:
        reached = ""
    if not reached.startswith("/"):  # the kernel says "(unreachable)"
        os.chdir("/")
        raise SandboxError(f"can't enter the working folder {folder}: it lies outside of the container")
