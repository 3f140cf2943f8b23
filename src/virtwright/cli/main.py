"""What the ``virtwright`` program runs: sets the process up, runs the command line and ends the process."""

import contextlib
import os
import sys
from typing import NoReturn

from virtwright.garbage import collect_rarely, keep_to_the_end


def main() -> None:
    """The entry point."""
    collect_rarely()  # before anything is imported that makes many objects
    from virtwright.cli.command_line import INTERRUPTED, run

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    if code == INTERRUPTED:
        _leave(code)
    keep_to_the_end()
    sys.exit(code)


def _leave(code: int) -> NoReturn:
    """End without waiting for threads: a call to a host that gives no answer may still be under way in one."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
