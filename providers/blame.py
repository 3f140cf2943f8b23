"""Which line of a provider is at fault."""

import threading
from collections.abc import Collection
from traceback import walk_tb
from types import FrameType
from typing import Any, Final

from virtwright.errors import ProviderError, VirtwrightError

BUG: Final = "this is a bug in the provider; please report it to its author"
UNCLEAR: Final = (
    "the host answered what can't be understood, or there is a bug in the provider; please report it to its author"
)
_OWN: Final = "virtwright.providers."


def package_of(module: str) -> str:
    """What a provider's modules lie in: ``folders`` of ``folders.volumes``, ``virtwright.providers.docker`` of one of ours."""
    return ".".join(module.split(".")[: 3 if module.startswith(_OWN) else 1])


def is_fault(error: BaseException) -> bool:
    """Whether an exception is a fault of the provider that raised it: not an error for users, nor Ctrl-C, which the main thread
    alone hears."""
    if isinstance(error, KeyboardInterrupt):
        return threading.current_thread() is not threading.main_thread()
    return isinstance(error, SystemExit) or (isinstance(error, Exception) and not isinstance(error, VirtwrightError))


def failed(
    what: str, error: BaseException, packages: Collection[str], otherwise: str, hint: str = UNCLEAR
) -> ProviderError:
    """The error for users: what failed, how, and where in the provider. ``otherwise`` is the place where that is not known."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return ProviderError(f"{what} failed: {text} ({place(error, packages) or otherwise})", hint=hint)


def place(error: BaseException, packages: Collection[str]) -> str | None:
    """File and line of the innermost frame that lies in one of the packages; None where there is none."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{error.filename}:{error.lineno}"
    found = None
    for frame, line in walk_tb(error.__traceback__):
        if package_of(_module(frame)) in packages:
            found = f"{frame.f_code.co_filename}:{line}"
    return found


def _module(frame: FrameType) -> str:
    name: Any = frame.f_globals.get("__name__")
    return name if isinstance(name, str) else ""
