"""Pydantic without the plugins that other packages have for it.

Such a plugin would see every value that is validated, secrets too; and to look for plugins, in all packages that are installed, takes
as long as Python's own start.
"""

import sys
from types import ModuleType
from typing import Final

_LOADER: Final = "pydantic.plugin._loader"
"""What pydantic imports when it builds its first schema, to ask it for ``get_plugins``."""


def leave_out_plugins() -> None:
    """To be called before anything is validated. Imports nothing."""
    loader = ModuleType(_LOADER)
    setattr(loader, "get_plugins", tuple)  # noqa: B010  # a module that type checkers don't know
    sys.modules.setdefault(_LOADER, loader)
