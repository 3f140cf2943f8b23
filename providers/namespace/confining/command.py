"""The command that runs a stranger's program confined."""

import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import virtwright
from virtwright.errors import RefusedError
from virtwright.home import state_home
from virtwright.providers.namespace.confining.order import PREFIX, Order
from virtwright.providers.namespace.sandbox.filters import FilterUnavailableError, compiled

_ENVIRONMENT: Final = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""All that it learns of this process's own."""
_SYSTEM: Final = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin", "/etc/ld.so.cache", "/etc/localtime")

_PREFIX: Final = ("bin", "lib", "lib64", "pyvenv.cfg")
"""What is seen of the interpreter's folder. Not ``pip.conf``, which may hold a token."""


def confined(argv: Sequence[str], folder: Path, descriptors: Sequence[int]) -> list[str]:
    """The command that runs ``argv``, a program of this process's own interpreter, with the stack's ``folder`` and nothing else of
    the machine but that interpreter. To be started in ``/``. Raises ``RefusedError`` where this machine can't."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise RefusedError(
            "the program of a stack that is not trusted runs confined by the namespace runtime, which needs Linux and root",
            hint="plan it as root, in a machine or container of its own",
        )
    try:
        filter = compiled(state_home(os.environ) / "cache", (), bound=True)
    except FilterUnavailableError as error:
        raise RefusedError(f"the program of a stack that is not trusted runs confined, and there is {error}") from error
    order = Order(
        tuple(argv),
        str(folder.resolve()),
        tuple(dict.fromkeys(_views())),
        _ENVIRONMENT,
        tuple(descriptors),
        str(filter),
        f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}",
    )
    program = Path(virtwright.__path__[0], "providers/namespace/confining/__main__.py")
    return [sys.executable, "-I", "-S", str(program), order.to_json()]


def _views() -> Iterator[str]:
    """The system's own folders, the interpreter's, and where virtwright's code lies."""
    yield from (path for path in _SYSTEM if os.path.lexists(path))
    package = Path(virtwright.__path__[0])
    linked = [each.resolve() for each in package.iterdir() if each.is_symlink()]
    interpreter = [Path(prefix, part) for prefix in (sys.base_prefix, sys.prefix) for part in _PREFIX]
    for path in (*interpreter, package, *linked):
        if os.path.lexists(path) and not path.is_relative_to("/usr"):
            yield str(path)
