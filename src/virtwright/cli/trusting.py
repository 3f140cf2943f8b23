"""How far a stack is trusted, from the command line and the operator's settings."""

import os
from collections.abc import Sequence
from pathlib import Path

from virtwright.errors import RefusedError
from virtwright.trust import TRUSTED, Trust


def trust_in(file: Path | None, *, untrusted: bool) -> Trust:
    """``file`` is the stack's, or its folder, as the command line has it. Raises ``RefusedError`` where its folder is another
    than it seems, and ``InputError`` for wrong settings of the operator."""
    if not untrusted:
        return TRUSTED
    from virtwright.operator_settings import read_settings
    from virtwright.trust import Untrusted, checkout_of

    place = file or Path()
    written = place if place.is_dir() else place.parent
    folder = written.resolve()
    if not written.is_absolute() and ".." not in written.parts and not folder.is_relative_to(Path.cwd().resolve()):
        raise RefusedError(f"the folder {str(written)!r} leads out of this one by a link, and the stack is not trusted")
    settings = read_settings(os.environ, stranger=checkout_of(folder))
    return Untrusted(folder, settings.paths, frozenset(settings.allowed_hosts), _confined)


def _confined(argv: Sequence[str], folder: Path, descriptors: Sequence[int]) -> list[str]:
    from virtwright.providers.namespace.confining.command import confined

    return confined(argv, folder, descriptors)
