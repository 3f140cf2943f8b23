"""The engine's redactor, for many threads at once."""

import threading

from virtwright.engine.masking import Redactor
from virtwright.schemas.values import Value


class SharedRedactor(Redactor):
    """Learns and scrubs under a lock: requests come on threads of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    def learn(self, value: Value) -> None:
        with self._lock:
            super().learn(value)

    def scrub(self, text: str) -> str:
        with self._lock:
            return super().scrub(text)
