"""The folder in which virtwright keeps what it has to remember on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

HOME_VARIABLE: Final = "VIRTWRIGHT_HOME"


def state_home(environment: Mapping[str, str]) -> Path:
    """``VIRTWRIGHT_HOME``, else the user's state folder for virtwright."""
    if chosen := environment.get(HOME_VARIABLE):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_state_path("virtwright")
