"""Files that are replaced in one step: whoever reads one, also after a crash, finds the old text or the new one, whole."""

import os
import secrets
import stat
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
