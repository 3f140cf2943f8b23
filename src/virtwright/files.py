"""Files that are replaced in one step: whoever reads one, also after a crash, finds the old text or the new one, whole."""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int = 0o600, lasting: bool = True) -> None:
    """Replace ``path``, whose folder has to be there. Raises ``OSError``, and then has changed nothing.

    Without ``lasting`` a power cut (not a kill) soon after may leave it empty; that saves an fsync.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if lasting:
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def rewrite(path: Path, text: str) -> None:
    """As ``write_whole``, for a file that people edit: it keeps its mode, and stays where a link leads to. A new one is open to
    its owner only."""
    target = path.resolve()
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o600
    write_whole(target, text, mode=mode)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Meanwhile nobody else is here with a file of the same folder: what is read is still true when it is written anew. Where the
    folder can't be locked, as on some network file systems, this holds nobody up."""
    with ExitStack() as held:
        with suppress(OSError):
            folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            held.callback(os.close, folder)
            fcntl.flock(folder, fcntl.LOCK_EX)  # not on the file, which is another one once it was replaced
        yield
