"""What an operator does with a container or machine that runs here."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from virtwright.errors import HostError
from virtwright.providers.base import LogLine
from virtwright.providers.namespace import inside, logs
from virtwright.providers.namespace.guard import guarded
from virtwright.providers.namespace.network.attach import attached
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Records
from virtwright.providers.namespace.supervisor import Supervisor
from virtwright.providers.reaching import Login


class NamespaceOperations:
    """Logs and commands of one kind's objects."""

    def __init__(self, root: Root, kind: str, supervisor: Supervisor) -> None:
        self._root = root
        self._kind = kind
        self._supervisor = supervisor

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        with guarded():
            folder = self._folder(id)
            yield from logs.read_logs(folder, follow=follow, tail=tail)

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        with guarded():
            return inside.enter(self._supervisor, self._folder(id), command, interactive=interactive, tty=tty)

    def _folder(self, id: str) -> Path:
        if Records(self._root).get(self._kind, id) is None:
            raise HostError(f"the {self._kind} {id} is not on this host", hint="apply the stack first")
        return self._root.folder(self._kind, id)


class NamespaceMachineOperations(NamespaceOperations):
    """Of machines, which have an address for themselves."""

    def login(self, id: str) -> Login:
        with guarded():
            self._folder(id)
            found = attached(self._root, self._kind, id)
            if found is None or found.address is None:
                raise HostError(
                    f"the machine {id} has no address", hint="give it a network (networks: [NAME]), and apply the stack"
                )
            return Login(found.address, user="root")

    def runs_commands(self, id: str) -> bool:
        return True
