"""The end of a container's log, for error messages."""

from pathlib import Path

from virtwright.providers.namespace.logs import read_logs


def last_lines(folder: Path, count: int = 5) -> str:
    """The last lines that were written, as the tail of a message; empty where there are none."""
    lines = [line.text for line in read_logs(folder, tail=count)]
    return "".join(["\nits last lines:", *(f"\n    {line}" for line in lines)]) if lines else ""
