"""Where a secret would be told to whoever listens: host names are looked up, and addresses are shown and logged. Pure."""

from collections.abc import Iterator
from typing import Final

from virtwright.errors import InputError, Problem
from virtwright.schemas.host import Host
from virtwright.schemas.model import Model
from virtwright.schemas.properties import Locate
from virtwright.schemas.values import Path, Properties, secret_paths

_EXPOSED: Final[dict[type[Model], tuple[Path, ...]]] = {
    Host: (("uri",), ("ssh", "jump"), ("peer_address",), ("tls", "server_name")),
}
MESSAGE: Final = "a secret can't stand here: names of hosts are looked up, and addresses are shown and logged"
HINT: Final = "give a value that is not declared secret; a password belongs in ssh.password"


def exposed(model: type[Model], secrets: frozenset[Path]) -> Iterator[Path]:
    """The fields of ``model`` in which a secret would be told. ``secrets`` is what is secret in its inputs."""
    for field in _EXPOSED.get(model, ()):
        if any(secret[: len(field)] == field for secret in secrets):
            yield field


def check_exposure(model: type[Model], inputs: Properties, locate: Locate) -> None:
    """Raises ``InputError`` where a secret would be told."""
    if found := [Problem(MESSAGE, locate(path), HINT) for path in exposed(model, secret_paths(inputs))]:
        raise InputError(found)
