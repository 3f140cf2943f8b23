"""What runs in each task of a service, in the swarm's terms. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Service/operation/ServiceCreate
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from virtwright.providers.docker.containers.health import docker_health
from virtwright.providers.docker.containers.mapping import IMAGES_OWN_SIGNAL, all_mounts
from virtwright.schemas.docker_container import DockerService
from virtwright.schemas.service import Service

Body = dict[str, Any]
SECOND: Final = 1_000_000_000


def container_spec(
    inputs: Service, docker: DockerService, image: str, secrets: Sequence[Body], configs: Sequence[Body]
) -> Body:
    """``ContainerSpec``. ``image`` is the image with its digest, where that is known; ``secrets`` and ``configs`` are the
    references to the objects that hold the files."""
    body: Body = {
        "Image": image,
        "Command": inputs.entrypoint,
        "Args": inputs.command,
        "Hostname": inputs.hostname,
        "Env": [f"{name}={value}" for name, value in inputs.environment.items()] or None,
        "Dir": inputs.working_dir,
        "User": inputs.user,
        "Groups": docker.groups or None,
        "TTY": docker.tty or None,
        "OpenStdin": docker.stdin_open or None,
        "ReadOnly": inputs.read_only or None,
        "Mounts": all_mounts(inputs, docker) or None,
        "StopSignal": None if inputs.stop_signal == IMAGES_OWN_SIGNAL else inputs.stop_signal,
        "StopGracePeriod": round(inputs.stop_timeout * SECOND),
        "Healthcheck": docker_health(inputs.healthcheck),
        "Hosts": [f"{address} {name}" for name, address in docker.extra_hosts.items()] or None,
        "DNSConfig": _resolver(docker),
        "Secrets": [*secrets] or None,
        "Configs": [*configs] or None,
        "Init": docker.init,
        "Sysctls": docker.sysctls or None,
        "CapabilityAdd": inputs.capabilities or None,
        "CapabilityDrop": inputs.drop_capabilities or None,
        "Ulimits": [{"Name": name, "Soft": each.soft, "Hard": each.hard} for name, each in docker.ulimits.items()]
        or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _resolver(docker: DockerService) -> Mapping[str, Any] | None:
    told = {"Nameservers": docker.dns, "Search": docker.dns_search, "Options": docker.dns_options}
    return {name: value for name, value in told.items() if value} or None
