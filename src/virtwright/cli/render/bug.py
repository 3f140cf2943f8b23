"""The report of an unexpected exception. Its message may hold anything, so it is shown only on request."""

import platform
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.text import Text

from virtwright.cli.render.text import escape_line, safe_block

_PACKAGE = Path(__file__).parents[2]


def program_version() -> str:
    """The installed version; ``unknown`` when run from a tree that is not installed."""
    try:
        return version("virtwright")
    except PackageNotFoundError:
        return "unknown"


def bug_report(error: BaseException, *, verbose: bool, scrub: Callable[[str], str] = str) -> Text:
    """What broke and where, without any value from the stack. ``verbose`` adds the traceback, messages included."""
    lines = [
        Text("This is a bug in virtwright.", style="bold red"),
        Text(f"  {escape_line(type(error).__name__)} at {_place(error)}"),
        Text(f"  virtwright {program_version()}, Python {platform.python_version()}, {sys.platform}"),
    ]
    if verbose:
        lines.append(safe_block(scrub("".join(traceback.format_exception(error)).rstrip())))
        lines.append(Text("The traceback may hold values of your stack; read it before you pass it on.", "yellow"))
    else:
        lines.append(Text("Please report it with these lines. --verbose shows the traceback."))
    return Text("\n").join(lines)


def _place(error: BaseException) -> str:
    """The innermost frame in virtwright's own code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _own(frame.filename)]
    frame = (own or frames)[-1] if frames else None
    if frame is None:
        return "an unknown place"
    file = Path(frame.filename)
    name = file.relative_to(_PACKAGE).as_posix() if file.is_relative_to(_PACKAGE) else f"{file.parent.name}/{file.name}"
    return f"{escape_line(name)}:{frame.lineno} in {escape_line(frame.name)}"


def _own(file: str) -> bool:
    return Path(file).is_relative_to(_PACKAGE) or Path(file).resolve().is_relative_to(_PACKAGE.parents[1])
