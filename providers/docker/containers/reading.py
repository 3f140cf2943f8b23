"""What an inspected container says, in the terms of the inputs. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerInspect
"""

from collections.abc import Mapping
from typing import Any, Final

from virtwright.providers.base import Stamp
from virtwright.providers.diff import Change, Impact
from virtwright.providers.docker.containers.check import USUAL_SHARES
from virtwright.providers.docker.containers.endpoints import DEFAULT, read_endpoints
from virtwright.providers.docker.containers.mapping import BILLION
from virtwright.providers.docker.containers.record import ENDPOINTS, MARKS, VARIABLES, recorded
from virtwright.providers.docker.labels import own_labels, stamp_of, written_for
from virtwright.providers.docker.names import host_name
from virtwright.schemas.container import Container, ContainerOutputs, ContainerResources
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.urn import Urn

Found = Mapping[str, Any]
UNTOLD: Final = frozenset({"files", "description", "wait_for", "namespace"})
"""Fields that a container doesn't tell, or that are nothing on a Docker host."""
_ENDS: Final = ("no", "on-failure")
_UNSAID: Final = ("default", DEFAULT)
"""The mode of a container that was to join no network in particular: Docker 26 writes what that leads to."""


def read_inputs(found: Found, stack_urn: str) -> Container:
    """The inputs that are in force; without what can't be told in ``model_fields_set``. What is not what virtwright wrote counts for
    nothing."""
    try:
        return _read_inputs(found, stack_urn, recorded(found["Config"]["Labels"]))
    except (ValueError, TypeError, AttributeError, KeyError):
        return _read_inputs(found, stack_urn, {})


def _read_inputs(found: Found, stack_urn: str, told: dict[str, Any]) -> Container:
    config, host = found["Config"], found["HostConfig"]
    names, marks, asked = told.pop(VARIABLES, []), told.pop(MARKS, []), told.pop(ENDPOINTS, {})
    variables = dict(text.partition("=")[::2] for text in config.get("Env") or ())
    docker = DockerContainer.model_validate(told.pop("docker", None) or {})
    resources = _resources(host)
    values: dict[str, Any] = {
        "image": config["Image"],
        **told,
        "environment": {name: variables[name] for name in names if name in variables},
        "labels": {name: text for name, text in own_labels(config["Labels"]).items() if name in marks},
        "restart": _policy(host),
        "resources": resources,
        "networks": read_endpoints(memberships(found), host_name(Urn.parse(stack_urn).name), found["Id"], asked),
        "docker": _docker(docker, host, resources.memory),
    }
    whole = Container.model_validate(values)
    return Container.model_construct({*Container.model_fields} - UNTOLD, **dict(whole))


def read_limits(found: Found) -> Container:
    """Only what can change while it runs: its limits and its restart policy."""
    host = found["HostConfig"]
    resources = _resources(host)
    docker = _docker(DockerContainer(), host, resources.memory)
    told: dict[str, Any] = {"resources": resources, "docker": docker, "restart": _policy(host)}
    return Container.model_construct({*told}, image=found["Config"]["Image"], **told)


def name_of(found: Found) -> str:
    return str(found["Name"]).removeprefix("/")


def stamp_on(found: Found) -> Stamp | None:
    """Whatever it is called now. None on what bears none."""
    labels = found["Config"].get("Labels")
    return stamp_of(labels, written_for(labels))


def displacement(found: Found) -> tuple[Change, ...]:
    """From the name that it has to the one that its stamp was written for, where that is another."""
    name, meant = name_of(found), written_for(found["Config"].get("Labels"))
    return (Change(("name",), name, meant, Impact.LIVE),) if meant not in ("", name) else ()


def _policy(host: Found) -> str:
    return (host.get("RestartPolicy") or {}).get("Name") or "no"


def memberships(found: Found) -> dict[str, Any]:
    """The networks that it joined, but for what it joins where nothing is said."""
    mode = found["HostConfig"].get("NetworkMode") or "default"
    joined = dict((found.get("NetworkSettings") or {}).get("Networks") or {})
    if mode in (*_UNSAID, "host", "none"):
        joined.pop(DEFAULT if mode in _UNSAID else mode, None)
    return joined


def _resources(host: Found) -> ContainerResources:
    cpus, pids = host.get("NanoCpus"), host.get("PidsLimit") or 0
    return ContainerResources(
        cpus=cpus / BILLION if cpus else None,
        memory=host.get("Memory") or None,
        pids=pids if pids > 0 else None,
    )


def _docker(docker: DockerContainer, host: Found, memory: int | None) -> DockerContainer | None:
    shares, swap = host.get("CpuShares"), host.get("MemorySwap")
    told = docker.model_copy(
        update={
            "cpu_shares": shares if shares not in (0, USUAL_SHARES) else None,
            "cpu_set": host.get("CpusetCpus") or None,
            "memory_reservation": host.get("MemoryReservation") or None,
            "memory_swap": swap if memory is not None and swap not in (0, -1, 2 * memory) else None,
        }
    )
    return told if told != DockerContainer() else None


def read_outputs(found: Found) -> ContainerOutputs:
    settings = found.get("NetworkSettings") or {}
    joined = (settings.get("Networks") or {}).items()
    addresses = {name: each["IPAddress"] for name, each in joined if each and each.get("IPAddress")}
    first = found["HostConfig"].get("NetworkMode")
    health = (found["State"].get("Health") or {}).get("Status")
    return ContainerOutputs(
        id=found["Id"],
        name=found["Name"].removeprefix("/"),
        address=addresses.get(first) or next(iter(addresses.values()), None),
        addresses=addresses,
        image_digest=found.get("Image") or None,
        state=state_of(found),
        health=health if health != "none" else None,
    )


def state_of(found: Found) -> str:
    """For people: ``running``, ``paused``, ``exited: status 3``."""
    state = found["State"]
    status: str = state.get("Status") or "unknown"
    if status not in ("exited", "restarting", "dead"):
        return status
    reason = "out of memory" if state.get("OOMKilled") else f"status {state.get('ExitCode')}"
    return f"{status}: {reason}"


def finished(found: Found) -> bool:
    """Whether it did what it was made for, and is not to be started again."""
    state = found["State"]
    if state.get("Status") != "exited" or state.get("ExitCode") != 0:
        return False
    return _policy(found["HostConfig"]) in _ENDS


def never_started(found: Found) -> bool:
    """Whether its creation was interrupted: what comes before the start may be missing."""
    return found["State"].get("Status") in ("created", "initialized")


def drift(found: Found) -> tuple[Change, ...]:
    """What is wrong with it, and is no input."""
    if finished(found):
        return ()
    if found["State"].get("Status") != "running":
        return (Change(("state",), state_of(found), "running", Impact.LIVE),)
    changes = []
    if (found["State"].get("Health") or {}).get("Status") == "unhealthy":
        changes.append(Change(("health",), "unhealthy", "healthy", Impact.REBOOT))
    mode = found["HostConfig"].get("NetworkMode") or "default"
    if mode in _UNSAID and not (found.get("NetworkSettings") or {}).get("Networks"):
        changes.append(Change(("networks",), "none", DEFAULT, Impact.LIVE))
    return tuple(changes)
