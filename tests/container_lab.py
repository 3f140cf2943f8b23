"""A private runtime for one test: real handlers, a root and a "host" (a network namespace) of its own."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from virtwright.engine.ids import new_id
from virtwright.providers.base import Handler, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change
from virtwright.providers.namespace.kernel import calls, loopback
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.network.netns import OWN, opened
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.provider import NamespaceProvider
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model, to_properties

STACK = "test/test"


@dataclass
class ContainerLab:
    """Applies resources as the engine would: check, then create; check, diff, then update."""

    provider: NamespaceProvider
    uri: str
    messages: list[str] = field(default_factory=list)

    @property
    def root(self) -> Root:
        return Root.from_uri(self.uri)

    def handler(self, kind: str) -> Handler[Any, Any]:
        return self.provider.handlers[kind]

    def stamp(self, kind: str, name: str) -> Stamp:
        """Of an operation that nobody else has: other labs on this machine have roots of their own, and the same resources."""
        return Stamp(STACK, f"urn:pulumi:test::test::virtwright:index:{kind}::{name}", new_id(), "00")

    @property
    def context(self) -> Context:
        return Context(progress=lambda message, fraction=None: self.messages.append(message))

    def checked(self, kind: str, **inputs: Any) -> Any:
        return self.handler(kind).check(KINDS[kind].inputs.model_validate(inputs))

    def create(self, kind: str, name: str, **inputs: Any) -> Any:
        return self.handler(kind).create(self.stamp(kind, name), self.checked(kind, **inputs), self.context)

    def update(self, kind: str, name: str, id: str, **inputs: Any) -> Any:
        goal = self.checked(kind, **inputs)
        seen = self.observed(kind, id)
        return self.handler(kind).update(id, self.stamp(kind, name), seen.inputs, goal, self.context)

    def delete(self, kind: str, id: str) -> None:
        self.handler(kind).delete(id, self.context)

    def observed(self, kind: str, id: str) -> Observed[Any, Any]:
        (found,) = [each for each in self.handler(kind).observe(STACK) if each.id == id]
        return found

    def changes(self, kind: str, id: str, **inputs: Any) -> list[Change]:
        """What a plan would show."""
        seen = self.observed(kind, id)
        goal = self.checked(kind, **inputs)
        saved = KINDS[kind].inputs.model_validate(to_properties(goal))
        assert isinstance(saved, Model)
        return [*self.handler(kind).diff(seen.inputs, goal).changes, *seen.drift]

    def fields(self, kind: str, id: str, **inputs: Any) -> list[str]:
        return [change.field for change in self.changes(kind, id, **inputs)]

    def folder(self, kind: str, id: str) -> Path:
        return self.root.folder(kind, id)

    def execute(self, kind: str, id: str, *command: str) -> int:
        operations = self.provider.operations(kind)
        assert operations is not None
        return operations.execute(id, command, interactive=False, tty=False)

    def log(self, kind: str, id: str) -> list[str]:
        operations = self.provider.operations(kind)
        assert operations is not None
        return [line.text for line in operations.logs(id, follow=False, tail=None)]

    def left(self) -> Sequence[str]:
        """Objects of any kind that are still there."""
        return [f"{kind} {each.id}" for kind in self.provider.handlers for each in self.handler(kind).observe(STACK)]

    def clear(self) -> None:
        for kind in ("Container", "VirtualMachine", "Network", "Volume", "Image"):
            for each in self.handler(kind).observe(STACK):
                self.delete(kind, each.id)


@contextmanager
def container_lab() -> Iterator[ContainerLab]:
    with ExitStack() as closing:
        home = closing.enter_context(opened(OWN))
        calls.unshare(k.CLONE_NEWNET)
        closing.callback(calls.setns, home, k.CLONE_NEWNET)
        loopback.bring_up()
        folder = tempfile.mkdtemp(prefix="vw-")
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        uri = f"namespace://{folder}/r"
        provider = NamespaceProvider.open("here", Host(uri=uri))
        closing.callback(provider.close)
        closing.callback(shutil.rmtree, Root.from_uri(uri).volatile, ignore_errors=True)
        lab = ContainerLab(provider, uri)
        closing.callback(lab.clear)
        yield lab
