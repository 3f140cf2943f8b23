"""Looks for secrets in text, files and processes, in whatever form."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

from tests.e2e.operator_lab import Operator


def forms(secret: str) -> set[bytes]:
    """What a secret may look like in text of any kind. Of base64, the part that no neighbour changes."""
    found = {secret, quote(secret), quote_plus(secret), quote(secret, safe="")}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    data = secret.encode()
    encoded = {base64.b64encode(b"\0" * shift + data)[8 if shift else 0 : -4] for shift in range(3)}
    return (
        {text.encode() for text in found}
        | encoded
        | {each.translate(_URL_SAFE) for each in encoded}
        | {data.hex().encode()}
    )


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Search:
    """Looks for secrets, and remembers where one was."""

    def __init__(self, *secret: str) -> None:
        self._forms = {form for each in secret for form in forms(each)}
        self.found: set[str] = set()

    def text(self, where: str, data: str | bytes) -> None:
        raw = data.encode() if isinstance(data, str) else data
        if any(form in raw for form in self._forms):
            self.found.add(where)

    def files(self, *places: Path) -> set[Path]:
        """The files below ``places``, on their own file system, that hold a secret or have one in their name."""
        return {path for place in places for path in _walk(place) if self._holds(path)}

    def _holds(self, path: Path) -> bool:
        try:
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        except OSError:
            return False
        return any(form in data or form in os.fsencode(path) for form in self._forms)

    def processes(self, *except_for: int) -> None:
        """Command lines and environments outside of containers."""
        own = Path("/proc/self/ns/pid").readlink()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if int(folder.name) in except_for or (folder / "ns/pid").readlink() != own:
                    continue
                for name in ("cmdline", "environ"):
                    self.text(f"{name} of {(folder / 'cmdline').read_bytes()!r}", (folder / name).read_bytes())
            except OSError:
                continue


def _walk(place: Path) -> Iterator[Path]:
    device = place.lstat().st_dev
    for parent, folders, names in os.walk(place):
        folders[:] = [name for name in folders if Path(parent, name).lstat().st_dev == device]
        yield from (Path(parent, name) for name in names)


@contextmanager
def watched(search: Search, operator: Operator, pid: int) -> Iterator[None]:
    """Look through processes and temporary files again and again. ``pid`` was given a secret in its environment."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            search.processes(pid)
            search.found |= {str(path) for path in search.files(operator.temporary)}

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
