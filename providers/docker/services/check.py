"""What a plain Docker host can do for a service, and what each change of one costs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from virtwright.errors import InputError, Where
from virtwright.providers.diff import Change, Diff, Impact, differences
from virtwright.providers.docker.containers.check import check_container
from virtwright.providers.docker.containers.impacts import container_diff, lasting
from virtwright.providers.docker.refusal import Refusal, given, known, refuse
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer, DockerService
from virtwright.schemas.model import to_properties
from virtwright.schemas.service import Placement, Service

OWN: Final = frozenset({*Service.model_fields} - {*Container.model_fields})
"""The fields that a service has besides those of a container."""
_SWARM: Final = "leave it out, or use a Docker Swarm:\n    uri: swarm+ssh://..."
_OUTPUTS: Final = frozenset({"replicas", "addresses"})


def copy_inputs(inputs: Service) -> Container:
    """What one copy is made from."""
    values = {name: getattr(inputs, name) for name in Container.model_fields if name != "docker"}
    docker = inputs.docker
    plain: DockerContainer | None = docker
    if isinstance(docker, DockerService):
        plain = DockerContainer.model_construct(
            **{name: getattr(docker, name) for name in DockerContainer.model_fields}
        )
    return Container.model_construct(inputs.model_fields_set & {*Container.model_fields}, **values, docker=plain)


def check_service(inputs: Service) -> Service:
    """Raises ``UnsupportedError`` and ``InputError``."""
    refuse(_refusals(inputs))
    _check_ports(inputs)
    checked = check_container(copy_inputs(inputs))
    docker = inputs.docker
    if isinstance(docker, DockerService) and isinstance(checked.docker, DockerContainer):
        docker = docker.model_copy(update=dict(checked.docker))
    return inputs.model_copy(update={"files": checked.files, "docker": docker})


def _refusals(inputs: Service) -> Iterator[Refusal]:
    placement, docker = inputs.placement, inputs.docker
    if isinstance(placement, Placement):
        yield "placement.constraints", given(placement.constraints), _SWARM
        yield "placement.spread", given(placement.spread), _SWARM
    if isinstance(docker, DockerService):
        for field in ("endpoint_mode", "restart_delay", "restart_attempts", "restart_window"):
            yield f"docker.{field}", given(getattr(docker, field)), _SWARM


def _check_ports(inputs: Service) -> None:
    """Two copies on one host can't have the same port of it."""
    if not given(inputs.ports):
        return
    update = known(getattr(inputs.update, "order", None))
    if update == "start-first":
        raise InputError.one(
            "a new copy can't start before the old one has let go of the host's port",
            where=Where(path="ports"),
            hint="publish the port on a front that passes requests on to the service's name, or set\n"
            "    update: {order: stop-first}",
        )
    placement = inputs.placement
    hosts = len(placement.hosts) if isinstance(placement, Placement) and isinstance(placement.hosts, list) else 0
    copies = known(inputs.replicas, 1)
    if inputs.mode == "replicated" and copies > max(1, hosts):
        raise InputError.one(
            f"{copies} copies on {max(1, hosts)} hosts can't share the host's port",
            where=Where(path="ports"),
            hint="publish the port on a front that passes requests on to the service's name",
        )


def service_diff(prior: Service, goal: Service) -> Diff:
    """Nothing needs a new service: what only a new container can change is rolled out, copy by copy."""
    copies = container_diff(copy_inputs(prior), copy_inputs(goal))
    rolled = Impact.LIVE if goal.update is None or goal.update.order == "start-first" else Impact.REBOOT
    changes = [replace(each, impact=min(each.impact, rolled)) for each in copies.changes]
    for name in sorted(OWN):
        old, new = (to_properties(each).get(name) for each in (prior, goal))
        changes += [Change(path, before, after, Impact.LIVE) for path, before, after in differences(old, new, (name,))]
    return Diff(tuple(changes), delete_before_create=True, unsettles=_OUTPUTS)


def service_lasting(inputs: Service) -> Mapping[str, Any]:
    """What only new copies can change. Where one copy runs on each host, that is the list of hosts too, for a copy tells of
    how many it is one."""
    hosts = inputs.placement.hosts if inputs.mode == "global" else []
    return {**lasting(copy_inputs(inputs)), "everywhere": hosts}
