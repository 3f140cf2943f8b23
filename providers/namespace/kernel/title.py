"""What a process shows as its command line."""

import ctypes
from pathlib import Path

from virtwright.providers.namespace.kernel.calls import set_name

_ARG_START = 47
"""Index of arg_start in /proc/PID/stat, from 0; arg_end follows (proc(5))."""


def set_title(title: str) -> None:
    """Replace name and command line, so that paths of the host are not seen inside."""
    set_name(title)
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = (int(fields[index - 2]) for index in (_ARG_START, _ARG_START + 1))
    if 0 < start < end:
        raw = title.encode()[: end - start - 1]
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, raw, len(raw))
