"""Services: from inputs to the specification that the swarm keeps. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.docker.containers.mapping import BILLION
from virtwright.providers.docker.swarm.container_spec import SECOND, Body, container_spec
from virtwright.providers.docker.swarm.keeping import with_kept
from virtwright.schemas.attachments import PublishedPort
from virtwright.schemas.docker_container import DockerService
from virtwright.schemas.service import Service, UpdatePolicy

_CONDITIONS: Final = {"no": "none", "on-failure": "on-failure", "always": "any", "unless-stopped": "any"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a specification refers to besides its inputs."""

    name: str
    """The service's name in the swarm."""
    own_name: str
    """The resource's name as a host name: an alias on each network, unless it is empty."""
    labels: Mapping[str, str]
    image: str
    networks: Mapping[str, str]
    """From names of networks to their ids: the swarm keeps ids."""
    secrets: Sequence[Body] = ()
    configs: Sequence[Body] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What a service of somebody else has besides: ``keeping.left_over``."""
    force: int = 0
    """How often somebody had all tasks made anew: another number would do so once more."""


def service_spec(inputs: Service, around: Surroundings) -> Body:
    """What ``POST /services/create`` and ``/services/{id}/update`` take."""
    docker = inputs.docker if isinstance(inputs.docker, DockerService) else DockerService()
    body: Body = {
        "Name": around.name,
        "Labels": dict(around.labels),
        "TaskTemplate": _task_template(inputs, docker, around),
        "Mode": {"Global": {}} if inputs.mode == "global" else {"Replicated": {"Replicas": inputs.replicas}},
        "UpdateConfig": _policy(inputs.update, inputs.update.failure_action),
        "RollbackConfig": _rollback(inputs),
        "EndpointSpec": _endpoint(inputs, docker),
    }
    whole: Body = with_kept(body, around.kept)
    return whole


def _task_template(inputs: Service, docker: DockerService, around: Surroundings) -> Body:
    body: Body = {
        "ContainerSpec": container_spec(inputs, docker, around.image, around.secrets, around.configs),
        "Resources": _resources(inputs, docker),
        "RestartPolicy": _restart(inputs, docker),
        "Placement": _placement(inputs, docker),
        "Networks": [
            {
                "Target": around.networks.get(join.network, join.network),
                "Aliases": list(dict.fromkeys(filter(None, [around.own_name, *join.aliases]))),
            }
            for join in inputs.networks
        ],
        "ForceUpdate": around.force,
    }
    if docker.log_driver is not None or docker.log_options:
        body["LogDriver"] = {"Name": docker.log_driver or "json-file", "Options": docker.log_options}
    return body


def _resources(inputs: Service, docker: DockerService) -> Body:
    most = {
        "NanoCPUs": _nano(inputs.resources.cpus),
        "MemoryBytes": inputs.resources.memory,
        "Pids": inputs.resources.pids,
    }
    kept = {"NanoCPUs": _nano(docker.cpu_reservation), "MemoryBytes": docker.memory_reservation}
    return {
        "Limits": {name: value for name, value in most.items() if value is not None},
        "Reservations": {name: value for name, value in kept.items() if value is not None},
    }


def _nano(cpus: float | None) -> int | None:
    return round(cpus * BILLION) if cpus is not None else None


def _restart(inputs: Service, docker: DockerService) -> Body:
    body: Body = {
        "Condition": _CONDITIONS[inputs.restart],
        "Delay": round(docker.restart_delay * SECOND) if docker.restart_delay is not None else 5 * SECOND,
        "MaxAttempts": docker.restart_attempts or 0,
    }
    if docker.restart_window is not None:
        body["Window"] = round(docker.restart_window * SECOND)
    return body


def _placement(inputs: Service, docker: DockerService) -> Body:
    placement = inputs.placement
    body: Body = {
        "Constraints": placement.constraints,
        "Preferences": [{"Spread": {"SpreadDescriptor": each}} for each in placement.spread],
        "MaxReplicas": placement.max_per_host or 0,
    }
    if docker.platform is not None:
        system, _, architecture = docker.platform.partition("/")
        body["Platforms"] = [{"OS": system, "Architecture": architecture}]
    return body


def _policy(policy: UpdatePolicy, failure_action: str) -> Body:
    return {
        "Parallelism": policy.parallelism,
        "Delay": round(policy.delay * SECOND),
        "FailureAction": failure_action,
        "Monitor": round(policy.monitor * SECOND),
        "MaxFailureRatio": policy.max_failure_ratio,
        "Order": policy.order,
    }


def _rollback(inputs: Service) -> Body:
    """A rollback can't be rolled back: it pauses where nothing else was said."""
    policy = inputs.rollback or inputs.update
    return _policy(policy, "pause" if policy.failure_action == "rollback" else policy.failure_action)


def _endpoint(inputs: Service, docker: DockerService) -> Body:
    return {"Mode": docker.endpoint_mode or "vip", "Ports": [published(port) for port in inputs.ports]}


def published(port: PublishedPort) -> Body:
    return {
        "Protocol": port.protocol,
        "TargetPort": port.port,
        "PublishedPort": port.host_port,
        "PublishMode": port.mode or "ingress",
    }
