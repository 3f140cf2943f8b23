"""The Git repository that a stack's file lies in, as Git's own program tells it.

Git is asked for what it has noted alone: no hook, no program of the repository's configuration and no transport is used, whatever
that says, and nothing is fetched. Where Git is not installed, or tells nothing, there is no repository.
"""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.process import run
from virtwright.trust import GIT

_SECONDS: Final = 30.0
_SETTINGS: Final = (
    *("-c", "safe.directory=*"),  # the job of a pipeline is often not run by the owner of its checkout
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.allow=never"),
)
_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_COMMIT: Final = re.compile("[0-9a-f]{40,64}")
_SCP: Final = re.compile(r"(?:[^@/]*@)?(?P<host>[^@:/]+):(?P<path>.*)")
"""``user@host:path``, the short form for SSH."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A checkout with at least one commit."""

    top: str
    """Its folder."""
    commit: str
    """What is checked out."""
    first_commit: str
    """Where the main line of its history begins; empty in a shallow clone, which does not have it."""
    remote: str
    """What ``origin`` is, without a login; empty where there is none."""


def read_repository(folder: Path) -> Repository | None:
    """The repository that ``folder`` lies in."""
    if not is_in_one(folder):
        return None
    asked = _ask(folder, "rev-parse", "--show-toplevel", "--is-shallow-repository", "HEAD")
    if asked is None or len(asked) != 3:
        return None
    top, shallow, commit = asked
    began = None if shallow == "true" else _ask(folder, "rev-list", "--first-parent", "--max-parents=0", "HEAD")
    remote = _ask(folder, "config", "--get", "remote.origin.url") or [""]
    return Repository(top, commit, began[-1] if began else "", without_login(remote[0]))


def is_in_one(folder: Path) -> bool:
    """Whether there seems to be one, which Git may tell nothing of."""
    return any(os.path.lexists(place / GIT) for place in (folder, *folder.parents))


def has_commit(folder: Path, commit: str) -> bool:
    """Whether the repository that ``folder`` lies in has this commit, as far as it was fetched."""
    if not _COMMIT.fullmatch(commit):
        return False
    return _ask(folder, "cat-file", "-e", f"{commit}^{{commit}}") is not None


def without_login(remote: str) -> str:
    """A repository's address as host and path, the same for each way to it, and without what may be a password."""
    if "://" in remote:
        url = urlsplit(remote)
        place = url.netloc.rpartition("@")[2].lower()
        host = place.partition(":")[0] if url.scheme.endswith("ssh") else place
        path = url.path
    elif match := _SCP.fullmatch(remote):
        host, path = match["host"].lower(), match["path"]
    else:
        host, path = "", remote
    path = path.rstrip("/").removesuffix(".git")
    return f"{host}/{path.lstrip('/')}" if host else path


def _ask(folder: Path, *words: str) -> list[str] | None:
    """The lines that Git answers; None where it has no answer."""
    argv = ("git", "--no-replace-objects", *_SETTINGS, "-C", str(folder), *words)
    try:
        done = run(argv, timeout=_SECONDS, env=_ENVIRONMENT, check=False)
    except HostError:
        return None
    return done.stdout.removesuffix("\n").split("\n") if done.status == 0 else None
