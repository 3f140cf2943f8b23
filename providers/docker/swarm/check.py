"""What a swarm can do for a service, and what each change of one costs. Pure but for the files that it takes from this
machine."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from virtwright.errors import InputError, Problem, Where
from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.docker.containers.check import LEAST_MEMORY, check_image, common_refusals
from virtwright.providers.docker.refusal import Refusal, given, known, listed, refuse
from virtwright.schemas.container import ContainerResources
from virtwright.schemas.docker_container import DockerService
from virtwright.schemas.readiness import WaitFor
from virtwright.schemas.service import Placement, Service
from virtwright.schemas.values import Properties, has_secret

A_SWARM: Final = "a Docker Swarm"
LARGEST_FILE: Final = 500 * 1024
"""Bytes that a swarm's secret or config may hold."""
_LEAVE: Final = "leave it out, or use a plain Docker host:\n    uri: docker+ssh://..."
_HINTS: Final = {
    "privileged": _LEAVE,
    "runtime": "set it in the configuration of each node's daemon (default-runtime)",
    "network_mode": "join a network",
    "pid_mode": _LEAVE,
    "ipc_mode": _LEAVE,
    "user_namespace_mode": _LEAVE,
    "domain_name": _LEAVE,
    "devices": _LEAVE,
    "gpus": _LEAVE,
    "shm_size": "mount a folder in memory of that size:\n    tmpfs: [{mount: /dev/shm, size: 128MiB}]",
    "security_options": _LEAVE,
    "cgroup_parent": _LEAVE,
    "oom_score": _LEAVE,
    "cpu_shares": "use docker.cpu_reservation",
    "cpu_set": _LEAVE,
    "memory_swap": _LEAVE,
}
"""What a swarm's services have no setting for."""
_APART: Final = frozenset({"replicas", "labels", "description", "wait_for", "ports", "update", "rollback", "placement"})
"""What changes without new tasks, or is not theirs."""
_OUTPUTS: Final = frozenset({"replicas", "addresses"})


def check_service(inputs: Service) -> Service:
    """Raises ``UnsupportedError`` and ``InputError``."""
    refuse((*common_refusals(inputs), *_refusals(inputs)), A_SWARM)
    check_image(inputs)
    _check_values(inputs)
    for index, file in listed(inputs.files):
        content = known(file.content)
        if isinstance(content, str) and len(content.encode()) > LARGEST_FILE:
            raise InputError.one(
                "a file of a swarm's service holds at most 500KiB",
                where=Where(path=f"files[{index}]"),
                hint="put it into an image or a volume",
            )
    return inputs


def _refusals(inputs: Service) -> Iterator[Refusal]:
    docker, placement, wait = inputs.docker, inputs.placement, inputs.wait_for
    if isinstance(docker, DockerService):
        for field, hint in _HINTS.items():
            yield f"docker.{field}", given(getattr(docker, field)), hint
        hosts = docker.extra_hosts if isinstance(docker.extra_hosts, dict) else {}
        for name, address in hosts.items():
            yield f"docker.extra_hosts.{name}", address == "host-gateway", "give the address itself"
    if isinstance(placement, Placement):
        hint = "the swarm places the tasks; name a node by a constraint:\n    constraints: [node.hostname == NODE]"
        yield "placement.hosts", given(placement.hosts), hint
    if isinstance(wait, WaitFor):
        for field in ("tcp", "completed"):
            hint = "give it a healthcheck: the swarm counts a task as running when it is healthy"
            yield f"wait_for.{field}", given(getattr(wait, field)), hint
    for index, port in listed(inputs.ports):
        hint = "leave the address out: a swarm publishes on every address of its nodes"
        yield f"ports[{index}].host_address", given(port.host_address), hint
    for index, file in listed(inputs.files):
        owner = known(file.owner)
        named = owner is not None and not all(part.isdigit() for part in owner.split(":"))
        yield f"files[{index}].owner", named, "give user and group as numbers, as 1000:1000"


def _check_values(inputs: Service) -> None:
    resources = inputs.resources
    if isinstance(resources, ContainerResources) and (known(resources.memory) or LEAST_MEMORY) < LEAST_MEMORY:
        raise InputError.one("Docker needs at least 6MiB of memory", where=Where(path="resources.memory"))
    policy = known(inputs.update)
    for index, port in listed(inputs.ports):
        if known(port.mode) == "host" and policy is not None and known(policy.order) == "start-first":
            raise InputError.one(
                "a new copy can't start before the old one has let go of the node's port",
                where=Where(path=f"ports[{index}].mode"),
                hint="publish it on every node (mode: ingress), or set\n    update: {order: stop-first}",
            )
    docker = inputs.docker
    if isinstance(docker, DockerService) and known(docker.endpoint_mode) == "dnsrr":
        for index, port in listed(inputs.ports):
            if known(port.mode) != "host":
                raise InputError.one(
                    "with endpoint_mode: dnsrr there is no address to publish on every node",
                    where=Where(path=f"ports[{index}].mode"),
                    hint="set mode: host for the port, or leave endpoint_mode out",
                )
    if inputs.mode == "global" and isinstance(inputs.placement, Placement) and given(inputs.placement.max_per_host):
        raise InputError.one("a global service has one copy on each node", where=Where(path="placement.max_per_host"))


def service_warnings(inputs: Properties) -> Iterator[Problem]:
    """What is unwise without being wrong. Secrets are wrapped."""
    files, volumes, placement = (inputs.get(name) for name in ("files", "volumes", "placement"))
    for index, file in enumerate(files if isinstance(files, list) else ()):
        if isinstance(file, Mapping) and has_secret(file.get("content")) and not file.get("in_memory"):
            yield Problem(
                "this file holds a secret, and becomes a config of the swarm, which can be read there",
                Where(path=f"files[{index}]"),
                "make it a secret of the swarm:\n    in_memory: true",
            )
    placed = isinstance(placement, Mapping) and placement.get("constraints")
    for index, mount in enumerate(volumes if isinstance(volumes, list) and not placed else ()):
        if isinstance(mount, Mapping) and mount.get("volume"):
            yield Problem(
                "each node that runs a copy has a volume of this name of its own",
                Where(path=f"volumes[{index}]"),
                "keep the copies where the data is:\n    placement: {constraints: [node.hostname == NODE]}",
            )


def service_diff(prior: Service, goal: Service) -> Diff:
    """The swarm changes everything in place but the mode. What is a task's rolls through, copy by copy."""
    order = known(goal.update.order, "start-first") if known(goal.update) is not None else "start-first"
    rolled = Impact.LIVE if order == "start-first" else Impact.REBOOT
    found = compare(_comparable(prior), _comparable(goal), {}, default=rolled, delete_before_create=True)
    return replace(found, changes=tuple(map(_cost, found.changes)), unsettles=_OUTPUTS)


def _cost(change: Change) -> Change:
    field = change.path[0]
    if field == "mode":
        return replace(change, impact=Impact.RECREATE)
    return replace(change, impact=Impact.LIVE) if field in _APART else change


def _comparable(inputs: Service) -> Service:
    """With what says nothing taken away."""
    changes: dict[str, object] = {"namespace": None}
    if inputs.docker is None:
        changes["docker"] = DockerService()
    return inputs.model_copy(update=changes)
