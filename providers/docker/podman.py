"""What Podman's Docker-compatible API takes without doing it, or does without telling: refused, before anything is made."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers.mapping import BILLION
from virtwright.providers.docker.refusal import Refusal, given, known, refuse
from virtwright.schemas.image import Image
from virtwright.schemas.model import Model
from virtwright.schemas.network import DockerNetwork, Network
from virtwright.schemas.volume import Volume

PODMAN: Final = "Podman"
_PERIOD: Final = 100_000
"""Microseconds that a quota of CPU time is for."""
InputsT = TypeVar("InputsT", bound=Model)


def refuse_on_podman(
    docker: DockerConnection, inputs: InputsT, refusals: Callable[[InputsT], Iterable[Refusal]]
) -> None:
    """Raises ``UnsupportedError`` where the engine is Podman and something is asked of it that it can't do."""
    if docker.engine == PODMAN:
        refuse(refusals(inputs), PODMAN)


def update_on_podman(docker: DockerConnection, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What ``POST /containers/{id}/update`` is to be told: Podman takes the share of CPUs in other words only."""
    if docker.engine != PODMAN or "NanoCpus" not in changes:
        return dict(changes)
    rest = {name: value for name, value in changes.items() if name != "NanoCpus"}
    return {**rest, "CpuPeriod": _PERIOD, "CpuQuota": changes["NanoCpus"] * _PERIOD // BILLION}


def of_network(inputs: Network) -> Iterable[Refusal]:
    docker = inputs.docker if isinstance(inputs.docker, DockerNetwork) else DockerNetwork()
    yield "mode", known(inputs.mode) == "routed", "use mode: nat, or isolated"
    yield "bridge", given(inputs.bridge), "leave it out: Podman does not tell it"
    yield "docker.options", given(docker.options), "leave them out: Podman does not tell them"
    yield "docker.attachable", given(docker.attachable), "leave it out: Podman has no Swarm"


def of_volume(inputs: Volume) -> Iterable[Refusal]:
    yield "source", given(inputs.source), "fill it from a container that mounts it"


def of_image(inputs: Image) -> Iterable[Refusal]:
    hint = "name the image in the container: it is pulled where the host lacks it"
    yield "source", True, hint
