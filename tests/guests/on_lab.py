"""Guests on the lab's hosts, which see this machine's programs and not the user's cache."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.host_lab import HostLab

_FOLDER: Final = "srv/shared/guests"


def on_lab(lab: HostLab, boot: Mapping[str, str]) -> dict[str, str]:
    """A machine's ``boot`` with kernel and initrd where every host of the lab has them."""
    return {name: _shared(lab, value) if value.startswith("/") else value for name, value in boot.items()}


def _shared(lab: HostLab, source: str) -> str:
    """Kept as long as the lab: other tests boot the same."""
    name = f"{_FOLDER}/{Path(source).name}"
    path = lab.hosts[0].root / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        shutil.copyfile(source, new)
        new.rename(path)
    return f"/{name}"
