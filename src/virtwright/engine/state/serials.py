"""The last serial of each stack, kept beside the database, so that an older copy put in its place is noticed."""

import contextlib
from pathlib import Path

from virtwright.engine.state.paths import serials_beside
from virtwright.errors import StateError, Where
from virtwright.files import write_whole


class SerialMarks:
    """One small file for each stack, named by the stack's unique id. A mark that is lost or damaged marks nothing."""

    def __init__(self, base: Path) -> None:
        """``base`` is the database's place on this machine."""
        self._folder = serials_beside(base)

    def marked(self, uid: str) -> int:
        """The mark. Read it before the serial that it is compared with: another process may write both in between."""
        try:
            return int((self._folder / uid).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def check(self, uid: str, marked: int, serial: int, stack: str) -> None:
        """Raises ``StateError`` where ``serial`` is behind the mark."""
        path = self._folder / uid
        if serial < marked:
            raise StateError(
                f"the state of {stack} is older than the one last used here: serial {serial}, but {marked} was written",
                where=Where(file=str(path)),
                hint="put the newer database back; if you restored an older one on purpose, remove the mark and then "
                f"look at the plan before you apply:\n    rm {path}",
            )

    def set(self, uid: str, serial: int) -> None:
        """Never fails: a missing mark only weakens the check."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._folder / uid, str(serial), lasting=False)

    def remove(self, uid: str) -> None:
        with contextlib.suppress(OSError):
            (self._folder / uid).unlink(missing_ok=True)
