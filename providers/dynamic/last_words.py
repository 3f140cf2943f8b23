"""What a program's code made when nobody was there any more to be told: kept in files until the state has it.

The runner writes them (``runner.py``) when the engine is gone: ``OPERATION.busy`` while a create goes on, ``OPERATION.json`` with its
result. They lie in a folder that its user alone can enter.
"""

import json
import time
from collections.abc import Iterator
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass

_LOOK: Final = 0.2
_PATIENCE: Final = 600.0
"""Seconds that a create of a killed run may go on: as long as one may take at all."""


@dataclass(frozen=True, slots=True)
class Made:
    """An object that the state may not know of."""

    operation: str
    urn: str
    id: str
    outs: dict[str, Any]
    """As the code told them."""


@dataclass(frozen=True, slots=True)
class LastWords:
    """Those of one stack."""

    folder: Path

    @classmethod
    def of(cls, home: Path, project: str, stack: str) -> "LastWords":
        return cls(home / "code" / quote(f"{project}/{stack}", safe=""))

    def read(self) -> Iterator[Made]:
        """When all that an ended run left under way is over. Raises ``HostError`` where that takes too long."""
        if not self.folder.is_dir():
            return
        self._wait()
        for file in sorted(self.folder.glob("*.json")):
            told = json.loads(file.read_text(encoding="utf-8"))
            yield Made(file.stem, told["urn"], told["id"], told["outs"] or {})

    def forget(self, urn: str, id: str) -> None:
        """The state has it now, or it is gone."""
        if not self.folder.is_dir():
            return
        for file in self.folder.glob("*.json"):
            told = json.loads(file.read_text(encoding="utf-8"))
            if (told["urn"], told["id"]) == (urn, id):
                file.unlink(missing_ok=True)

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE
        for file in self.folder.glob("*.busy"):
            while _is_held(file):
                if time.monotonic() > end:
                    raise HostError(
                        "the code of a run that was ended is still at work",
                        hint=f"let it finish, or end the process that holds {file}",
                    )
                time.sleep(_LOOK)
            file.unlink(missing_ok=True)  # by now its result is written, or its process has died


def _is_held(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            flock(opened, LOCK_EX | LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
