"""Who takes part in the contract tests and is no part of this repository."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

FOREIGN: Final = "VIRTWRIGHT_SUBJECT"
"""``MODULE:CLASS`` of a subject that is no part of this repository."""


def foreign(environment: Mapping[str, str]) -> Sequence[Any]:
    """The subject of somebody else's provider, where one is named."""
    module, _, name = environment.get(FOREIGN, "").partition(":")
    return (getattr(importlib.import_module(module), name),) if module else ()
