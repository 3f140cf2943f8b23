"""What each change of a container costs on a Docker host. What is not named means a new one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.docker.containers.endpoints import in_order
from virtwright.providers.docker.images.references import parse
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import Path

IMPACTS: Final = {
    "resources": Impact.LIVE,
    "restart": Impact.LIVE,
    "networks": Impact.LIVE,
    "description": Impact.LIVE,
    "wait_for": Impact.LIVE,
    "docker.cpu_shares": Impact.LIVE,
    "docker.cpu_set": Impact.LIVE,
    "docker.memory_reservation": Impact.LIVE,
    "docker.memory_swap": Impact.LIVE,
    "namespace": Impact.NONE,
}
STAYS: Final = frozenset(
    {("resources", "cpus"), ("resources", "memory"), ("docker", "cpu_set"), ("docker", "memory_reservation")}
)
"""Limits that the API can change and not lift: it takes nothing and 0 for "as it is"."""
_SETS: Final = ("ports", "volumes", "capabilities", "drop_capabilities")
_JOINING: Final = frozenset({"address", "addresses"})


def lasting(inputs: Container) -> Mapping[str, Any]:
    """What only a new container can change."""
    found = to_properties(_comparable(inputs, inputs))
    docker = {name: value for name, value in found["docker"].items() if f"docker.{name}" not in IMPACTS}
    return {**{name: value for name, value in found.items() if name not in IMPACTS}, "docker": docker}


def container_diff(prior: Container, goal: Container) -> Diff:
    """Name, addresses and ports are taken until the old one is gone."""
    found = compare(_comparable(prior, goal), _comparable(goal, goal), IMPACTS, delete_before_create=True)
    rewired = _needs_mac(prior, goal)
    changes = tuple(_lifted(change, rewired) for change in found.changes)
    joins = any(change.path[:1] == ("networks",) for change in changes)
    return Diff(changes, found.delete_before_create, _JOINING if joins else frozenset())


def _comparable(inputs: Container, goal: Container) -> Container:
    """With what says nothing taken away: an empty Docker block, the order of sets, and how an image's name is written."""
    changes: dict[str, object] = {name: _in_order(getattr(inputs, name), getattr(goal, name)) for name in _SETS}
    if isinstance(inputs.image, str) and (image := parse(inputs.image)) is not None:
        changes["image"] = str(image)
    if inputs.docker is None:
        changes["docker"] = DockerContainer()
    if isinstance(inputs.networks, list) and isinstance(goal.networks, list) and _all_known(inputs, goal):
        changes["networks"] = in_order(inputs.networks, goal.networks)
    return inputs.model_copy(update=changes)


def _in_order(items: Any, like: Any) -> Any:
    """``items`` as ``like``, where they are the same but for their order."""
    both = isinstance(items, list) and isinstance(like, list) and len(items) == len(like)
    return like if both and all(each in like for each in items) and all(each in items for each in like) else items


def _all_known(*inputs: Container) -> bool:
    return all(isinstance(getattr(each, "network", None), str) for one in inputs for each in one.networks)


def _lifted(change: Change, rewired: bool) -> Change:
    path: Path = change.path
    stays = change.goal is None and path in STAYS
    return replace(change, impact=Impact.RECREATE) if stays or (rewired and path[0] == "networks") else change


def _needs_mac(prior: Container, goal: Container) -> bool:
    """Whether it has to join a network with a hardware address of its own: only a new container can."""
    if not isinstance(goal.networks, list) or not _all_known(goal):
        return False
    before = prior.networks if isinstance(prior.networks, list) else []
    return any(join.mac is not None and join not in before for join in goal.networks)
