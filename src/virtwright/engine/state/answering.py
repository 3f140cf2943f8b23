"""Connections to PostgreSQL that give up on a server that takes requests and never answers."""

import time
from collections.abc import Generator
from typing import Any, Final

import psycopg

LONGEST: Final = 60.0
"""Seconds without an answer after which the connection is closed. No request of ours takes nearly as long."""


class AnsweringConnection(psycopg.Connection[Any]):
    """The kernel keeps a line alive that nobody reads at the other end, so that only a clock of our own tells."""

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        """Raises ``OperationalError`` after ``LONGEST`` seconds."""
        return super().wait(self._watched(gen), *args, **options)

    def _watched(self, gen: Any) -> Generator[Any, Any, Any]:
        end = time.monotonic() + LONGEST
        ready: Any = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as over:
                return over.value
            ready = yield wanted
            if not ready and time.monotonic() > end:
                gen.close()
                self.pgconn.finish()
                raise psycopg.OperationalError(f"it has given no answer for {LONGEST:.0f} s")
