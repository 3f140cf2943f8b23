"""A new version of a service takes the place of the old one, copy by copy, and goes back where it is not good."""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Final

from virtwright.errors import CancelledError, HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Stamp
from virtwright.providers.docker.services.copies import Copy
from virtwright.providers.docker.services.crew import Crew
from virtwright.schemas.service import Service, UpdatePolicy

_NAMES: Final = {"rollback": "rolled back", "pause": "paused"}


@dataclass(slots=True)
class Rollout:
    """One update. ``prior`` is what the old copies were made from, for the way back."""

    crew: Crew
    stamp: Stamp
    prior: Service
    goal: Service
    failures: list[HostError] = field(default_factory=list)
    _replaced: list[tuple[Copy, Copy | None]] = field(default_factory=list)
    """Old copies that were replaced, and the new one in their place."""

    def carry_out(self, old: Sequence[Copy], total: int) -> None:
        """Replace the ``old`` copies, of ``total`` that the service has. Raises ``HostError`` where the new version is not
        good: it says why, and whether the old one is back."""
        policy = self.goal.update
        most = policy.max_failure_ratio * total
        for index, batch in enumerate(_batches(old, policy)):
            if index:
                self.crew.context.cancelled.wait(policy.delay)
            self.crew.context.check()
            done = len(self._replaced)
            self.crew.context.progress(f"replacing copy {done + 1} of {len(old)}", done / max(1, len(old)))
            errors = self.crew.at_once(batch, self._replace, len(batch))
            self.failures += errors
            cancelled = next((each for each in errors if isinstance(each, CancelledError)), None)
            if cancelled is not None:
                raise cancelled
            if len(self.failures) > most and policy.failure_action != "continue":
                self._give_up(policy)
        self.crew.context.progress(f"replaced {len(self._replaced)} of {len(old)} copies", 1.0)

    def _replace(self, old: Copy) -> None:
        if self.goal.update.order == "stop-first":
            self.crew.prepare(old.host, old.stamp.urn, self.goal)
            self.crew.remove(old)
            try:
                self._add(old)
            except HostError:
                self._replaced.append((old, None))
                raise
        else:
            self._add(old)
            self.crew.remove(old)

    def _add(self, old: Copy) -> None:
        new = self.crew.make(self.stamp, self.goal, old.number, old.host)
        try:
            self.crew.watch(new, self.goal)
        except HostError as error:
            if not isinstance(error, CancelledError):
                self.crew.remove(new)
            raise
        self._replaced.append((old, new))

    def _give_up(self, policy: UpdatePolicy) -> None:
        first = self.failures[0]
        if policy.failure_action == "rollback":
            self._go_back()
        raise HostError(
            f"the new version is not good, and the update was {_NAMES[policy.failure_action]}: {first.message}",
            hint=first.hint or "mend the new version and apply again; the old one serves meanwhile",
        ) from first

    def _go_back(self) -> None:
        """Old copies again in the place of the new ones, as the old ones were. As careful as the way there."""
        self.crew.context.progress(f"rolling back {len(self._replaced)} copies")
        policy = self.prior.rollback or self.goal.update
        for old, new in self._replaced:
            stamp = replace(self.stamp, operation=old.stamp.operation, inputs_hash=old.stamp.inputs_hash)
            if new is not None and policy.order == "stop-first":
                self.crew.remove(new)
            self._bring_back(stamp, old)
            if new is not None and policy.order == "start-first":
                self.crew.remove(new)

    def _bring_back(self, stamp: Stamp, old: Copy) -> None:
        """Returns when it is healthy: until then the new copy, where it runs, is all that serves in its place."""
        again = self.crew.make(stamp, self.prior, old.number, old.host)
        try:
            self.crew.watch(again, self.prior)
        except HostError as error:
            raise HostError(
                f"the new version is not good, and the old one did not come back: {error.message}", hint=error.hint
            ) from error


def _batches(copies: Sequence[Copy], policy: UpdatePolicy) -> Iterator[Sequence[Copy]]:
    size = max(1, policy.parallelism)
    for start in range(0, len(copies), size):
        yield copies[start : start + size]
