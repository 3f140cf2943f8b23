"""The kernel's log while something goes on: followed, for a busy machine's log soon goes round."""

import os
import re
import select
import threading
from collections import deque
from typing import Final, Self

FLAWS: Final = re.compile(
    r"\b(Oops|BUG|WARNING|KASAN|UBSAN|KCSAN)\b|general protection fault|soft lockup|hard LOCKUP|blocked for more than"
    r"|rcu.*stall|Kernel panic|[Uu]nable to handle|refcount_t"
)
"""What each flaw begins with. A call trace alone is also written where memory ran out."""
_CONTEXT: Final = 5
_RECORD: Final = 8192


class KernelLog:
    """A context manager. Afterwards ``flaws`` has the lines that tell of a flaw of the kernel, each after those before it."""

    def __init__(self) -> None:
        self.flaws: list[str] = []
        self.lines = 0
        self.lost = 0
        """How often the log went round before it was read."""
        self._before: deque[str] = deque(maxlen=_CONTEXT)
        self._thread = threading.Thread(target=self._follow)

    def __enter__(self) -> Self:
        self._log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(self._log, 0, os.SEEK_END)
        self._end, self._stop = os.pipe()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._stop)
        self._thread.join()
        os.close(self._end)
        os.close(self._log)

    def _follow(self) -> None:
        ended = False
        while not ended:
            ready, _, _ = select.select([self._log, self._end], [], [])
            ended = self._end in ready
            self._read()

    def _read(self) -> None:
        while True:
            try:
                line = os.read(self._log, _RECORD).decode(errors="replace").partition(";")[2].rstrip("\n")
            except BlockingIOError:
                return
            except BrokenPipeError:
                self.lost += 1
                continue
            self.lines += 1
            if FLAWS.search(line):
                self.flaws += [*self._before, line]
            self._before.append(line)
