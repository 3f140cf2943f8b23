"""How far a pull, push or load has come, told from the messages about its layers."""

from dataclasses import field
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.docker.images.messages import Message

_STEP: Final = 0.02
_WAITING: Final = ("Pulling fs layer", "Preparing", "Waiting")
_AGAIN: Final = "Retrying in"
_FETCHED: Final = ("Download complete", "Verifying Checksum")
_DONE: Final = ("Already exists", "Pull complete", "Pushed", "Layer already exists", "Mounted from")
_FIRST: Final = {
    "Downloading": (0.0, 0.6),
    "Extracting": (0.6, 0.4),
    "Pushing": (0.0, 1.0),
    "Loading layer": (0.0, 1.0),
}
"""By status: the part of a layer's work that is done before, and the part that this is."""


@dataclass(slots=True)
class Layers:
    """Adds up the layers of one image and reports where something has moved."""

    title: str
    """What is being done: ``pulling nginx:1.27``."""
    context: Context
    _done: dict[str, float] = field(default_factory=dict)
    _told: float = -1.0

    def take(self, message: Message) -> None:
        layer, status = message.get("id"), message.get("status")
        if not isinstance(layer, str) or not isinstance(status, str):
            return
        if status.startswith(_AGAIN):
            self.context.progress(f"{self.title}: a layer came damaged or not at all; {status.lower()}")
        part = self._part(status, message.get("progressDetail") or {})
        if part is None:
            return
        self._done[layer] = max(part, self._done.get(layer, 0.0))
        fraction = sum(self._done.values()) / len(self._done)
        if fraction >= self._told + _STEP or (fraction == 1.0 and self._told < 1.0):
            self._told = fraction
            whole = sum(1 for each in self._done.values() if each == 1.0)
            self.context.progress(f"{self.title}: {whole} of {len(self._done)} layers", fraction)

    def _part(self, status: str, detail: Message) -> float | None:
        if status.startswith(_DONE):
            return 1.0
        if status.startswith(_WAITING):
            return 0.0
        if status in _FETCHED:
            return 0.6
        before, share = _FIRST.get(status, (None, 0.0))
        current, total = detail.get("current"), detail.get("total")
        if before is None or not isinstance(current, int) or not isinstance(total, int) or total <= 0:
            return before
        return min(before + share * current / total, 0.99)
