"""A whole service in the terms of the inputs. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from virtwright.providers.docker.containers.foreign.telling import fitting
from virtwright.providers.docker.containers.mapping import BILLION
from virtwright.providers.docker.labels import foreign_labels
from virtwright.providers.docker.swarm.foreign.task import (
    container_values,
    docker_values,
    exact,
    restart_value,
)
from virtwright.providers.docker.swarm.keeping import left_over
from virtwright.providers.docker.swarm.reading import said
from virtwright.providers.docker.swarm.spec import Surroundings, published, service_spec
from virtwright.schemas.attachments import PublishedPort
from virtwright.schemas.docker_container import DockerService
from virtwright.schemas.service import Service

Part = Mapping[str, Any]
NOT_TOLD: Final = frozenset({"description", "wait_for", "namespace"})
"""Fields that a service doesn't tell: what the stack says of them holds."""
_STACK: Final = "com.docker.stack."
"""Labels by which ``docker stack`` knows its own."""
_JOBS: Final = ("ReplicatedJob", "GlobalJob")


def is_job(found: Part) -> bool:
    """It runs to its end, as no service of a stack does."""
    return any(mode in found["Spec"]["Mode"] for mode in _JOBS)


def tell(found: Part, networks: Mapping[str, str]) -> tuple[Service, Part]:
    """The inputs, and of the specification what they have no word for. ``networks`` are names by id."""
    spec = found["Spec"]
    whole, _ = fitting(Service, _values(spec, networks))
    if whole.docker == DockerService():
        whole = whole.model_copy(update={"docker": None})
    fields = {*Service.model_fields} - NOT_TOLD
    return Service.model_construct(fields, **dict(whole)), _kept(spec, whole, networks)


def _kept(spec: Part, inputs: Service, networks: Mapping[str, str]) -> Part:
    template = spec["TaskTemplate"]
    around = Surroundings(
        spec["Name"], "", {}, template["ContainerSpec"]["Image"],
        {name: id for id, name in networks.items()}, force=template.get("ForceUpdate"),
    )  # fmt: skip
    there = {key: value for key, value in spec.items() if key != "Labels"}
    # clients write what the image's registry tells of platforms: another image has others
    placement = {key: value for key, value in (template.get("Placement") or {}).items() if key != "Platforms"}
    there["TaskTemplate"] = {**template, "Placement": placement}
    kept: Part = left_over(said(there), said(service_spec(inputs, around))) or {}
    return kept


def _values(spec: Part, networks: Mapping[str, str]) -> dict[str, Any]:
    template, mode = spec["TaskTemplate"], spec["Mode"]
    placement, endpoint = template.get("Placement") or {}, spec.get("EndpointSpec") or {}
    limits = (template.get("Resources") or {}).get("Limits") or {}
    docker = docker_values(template)
    if endpoint.get("Mode") == "dnsrr":
        docker["endpoint_mode"] = "dnsrr"
    return {
        **container_values(template["ContainerSpec"]),
        "labels": {
            name: text for name, text in foreign_labels(spec.get("Labels")).items() if not name.startswith(_STACK)
        },
        **({"mode": "global"} if "Global" in mode else {}),
        "replicas": (mode.get("Replicated") or {}).get("Replicas", 1),
        "restart": restart_value(template),
        "placement": {
            "constraints": placement.get("Constraints") or [],
            "spread": [each["Spread"]["SpreadDescriptor"] for each in placement.get("Preferences") or () if "Spread" in each],
            "max_per_host": placement.get("MaxReplicas") or None,
        },
        "resources": {
            "cpus": limits["NanoCPUs"] / BILLION if limits.get("NanoCPUs") else None,
            "memory": limits.get("MemoryBytes") or None,
            "pids": limits.get("Pids") or None,
        },
        "networks": [_join(each, networks) for each in template.get("Networks") or () if {*said(each)} <= {"Target", "Aliases"}],
        "ports": [each for each in map(_port, endpoint.get("Ports") or ()) if each],
        "update": _policy(spec.get("UpdateConfig") or {}, ("rollback", "continue")),
        "rollback": _policy(spec.get("RollbackConfig") or {}, ("continue",)),
        "docker": docker,
    }  # fmt: skip


def _join(each: Part, networks: Mapping[str, str]) -> dict[str, Any]:
    return {"network": networks.get(each["Target"], each["Target"]), "aliases": each.get("Aliases") or []}


def _port(each: Part) -> dict[str, Any] | None:
    values = {
        "port": each.get("TargetPort"),
        "protocol": each.get("Protocol"),
        "host_port": each.get("PublishedPort"),
        "mode": each.get("PublishMode"),
    }
    found: dict[str, Any] | None = exact(PublishedPort, values, published, each)
    return found


def _policy(config: Part, actions: tuple[str, ...]) -> dict[str, Any]:
    """With the swarm's own defaults, which are not the vocabulary's."""
    action = config.get("FailureAction")
    return {
        "order": config.get("Order") or "stop-first",
        "parallelism": config.get("Parallelism") or 1,
        "delay": config.get("Delay", 0) / BILLION,
        "monitor": (config.get("Monitor") or 5 * BILLION) / BILLION,
        "failure_action": action if action in actions else "pause",
        "max_failure_ratio": config.get("MaxFailureRatio") or 0.0,
    }
