"""Volumes on a swarm's manager, which copies that have ended still hold: the swarm keeps their containers for a while."""

from collections.abc import Callable
from typing import Any, Final

from virtwright.providers.context import Context
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.swarm.asking import Manager
from virtwright.providers.docker.swarm.converging import SLOWEST
from virtwright.providers.docker.swarm.reading import has_ended
from virtwright.providers.docker.volumes.handler import VolumeHandler
from virtwright.providers.docker.volumes.mapping import name_of

_TASK: Final = "com.docker.swarm.task.id"


class SwarmVolumeHandler(VolumeHandler):
    """As any engine's, but for its end."""

    def delete(self, id: str, context: Context) -> None:
        context.wait("copies that have ended to let go of the volume", self._letting_go(name_of(id)), slowest=SLOWEST)
        super().delete(id, context)

    def _letting_go(self, name: str) -> Callable[[], tuple[bool | None, str]]:
        """Removes their containers. Those of copies that are to run stay: the volume is in use."""
        manager = Manager(self._docker)

        def holders(client: Any) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = client.containers(all=True, filters={"volume": name, "label": _TASK})
            return found

        def probe() -> tuple[bool | None, str]:
            found = self._docker.call("see who uses the volume", holders)
            alive = {task["ID"] for task in manager.tasks() if _is_to_run(task)} if found else set()
            ended = [each for each in found if each["Labels"][_TASK] not in alive]
            for each in ended:
                self._remove(each["Id"])
            return (True if not ended else None), f"{len(ended)} are left"

        return probe

    def _remove(self, id: str) -> None:
        """The swarm may be about to do so itself, or to stop it first."""
        try:
            self._docker.call("remove a copy that has ended", lambda client: client.remove_container(id))
        except (ConflictError, GoneError):
            return


def _is_to_run(task: Any) -> bool:
    return task.get("DesiredState") not in ("shutdown", "remove") and not has_ended(task)
