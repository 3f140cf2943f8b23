"""Containers beside services: a swarm has none."""

from collections.abc import Iterator
from typing import NoReturn

from virtwright.errors import UnsupportedError
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.schemas.container import Container, ContainerOutputs


class RefusedContainerHandler:
    """Refuses every container in ``check``, before anything is touched."""

    def check(self, inputs: Container) -> Container:
        _refuse()

    def diff(self, prior: Container, goal: Container) -> Diff:
        _refuse()

    def create(self, stamp: Stamp, inputs: Container, context: Context) -> ContainerOutputs:
        _refuse()

    def update(self, id: str, stamp: Stamp, prior: Container, goal: Container, context: Context) -> ContainerOutputs:
        _refuse()

    def delete(self, id: str, context: Context) -> None:
        """None was ever made."""

    def observe(self, stack: str) -> Iterator[Observed[Container, ContainerOutputs]]:
        yield from ()


def _refuse() -> NoReturn:
    raise UnsupportedError(
        "a Docker Swarm runs services, and no single containers: one would end with its node",
        hint="make it a service, which has one copy where nothing else is said, or put it on a host of its own:\n"
        "    uri: docker+ssh://user@host",
    )
