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
    from virtwright.trust import Untrusted, checkout_of, link_out

    place = file or Path()
    if (link := link_out(place)) is not None:
        raise RefusedError(
            f"{str(place)!r} leads out of its checkout by the link {link!r}, and the stack is not trusted",
            hint="name the place that is meant, as it is without links",
        )
    folder = (place if place.is_dir() else place.parent).resolve()
    settings = read_settings(os.environ, stranger=checkout_of(folder))
    return Untrusted(folder, settings.paths, frozenset(settings.allowed_hosts), _confined)


def _confined(argv: Sequence[str], folder: Path, descriptors: Sequence[int]) -> list[str]:
    from virtwright.providers.namespace.confining.command import confined

    return confined(argv, folder, descriptors)
