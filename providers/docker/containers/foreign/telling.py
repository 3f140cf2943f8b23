"""A whole container in the terms of the inputs. What the vocabulary refuses is left out and named. Pure."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.check import canonical
from virtwright.providers.docker.containers.endpoints import read_endpoints
from virtwright.providers.docker.containers.foreign.process import process_unsaid, process_values
from virtwright.providers.docker.containers.foreign.settings import (
    Daemon,
    port_values,
    setting_unsaid,
    setting_values,
)
from virtwright.providers.docker.containers.foreign.storage import mount_values, storage_unsaid, tmpfs_values
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer

Part = Mapping[str, Any]
M = TypeVar("M", bound=Container)
NOT_TOLD: Final = frozenset({"description", "wait_for", "namespace"})
"""Fields that a container doesn't tell: what the stack says of them holds."""
_WHOLE: Final = ("command", "entrypoint", "healthcheck")
"""Fields of which no part can be left out."""
_MAPS: Final = ("environment", "labels", "extra_hosts", "sysctls", "ulimits", "log_options")
_CONTAINER: Final = "container:"


def tell(found: Part, image: Part, daemon: Daemon, names: Mapping[str, str]) -> tuple[Container, tuple[str, ...]]:
    """The inputs, and the settings without a word. ``image`` is ``Config`` of its image, empty where that is gone;
    ``names`` are the containers' names by id."""
    config, host = found["Config"], found["HostConfig"]
    unsaid = [
        *setting_unsaid(host, daemon),
        *process_unsaid(config, image, host.get("PortBindings") or {}),
        *storage_unsaid(found),
        *_network_unsaid(found),
    ]
    whole, refused = fitting(Container, _values(found, image, daemon, names))
    docker = canonical(whole)
    whole = whole.model_copy(update={"docker": docker if docker != DockerContainer() else None})
    fields = {*Container.model_fields} - NOT_TOLD
    return Container.model_construct(fields, **dict(whole)), (*unsaid, *refused)


def fitting(model: type[M], values: dict[str, Any]) -> tuple[M, list[str]]:
    """The model of ``values``, and what had to be left out of them."""
    refused: list[str] = []
    while True:
        try:
            return model.model_validate(values), refused
        except ValidationError as error:
            location = error.errors()[0]["loc"]
            refused.append(_leave_out(values, location))


def _values(found: Part, image: Part, daemon: Daemon, names: Mapping[str, str]) -> dict[str, Any]:
    config, host = found["Config"], found["HostConfig"]
    limits = reading.read_limits(found)
    docker = setting_values(config, host, daemon)
    for name in ("network_mode", "pid_mode", "ipc_mode"):
        docker[name] = _by_name(docker[name], names)
    changing = limits.docker.model_dump(exclude_defaults=True) if limits.docker else {}
    docker = {**docker, "tmpfs": tmpfs_values(host), **changing}
    process = process_values(config, image, found["Id"])
    if docker["network_mode"] == "host" or str(docker["network_mode"]).startswith(_CONTAINER):
        process["hostname"] = None
    values = {
        **{name: value for name, value in process.items() if value is not None},
        "image": config["Image"],
        "ports": port_values(host),
        "networks": [each.model_dump(exclude_defaults=True) for each in _networks(found)],
        "volumes": mount_values(found),
        "resources": limits.resources.model_dump(exclude_defaults=True),
        "restart": limits.restart,
        "capabilities": _capabilities(host.get("CapAdd")),
        "drop_capabilities": _capabilities(host.get("CapDrop")),
        "read_only": bool(host.get("ReadonlyRootfs")),
    }
    return {**values, "docker": docker}


def _capabilities(names: list[str] | None) -> list[str]:
    full = (name.upper() if name.upper().startswith("CAP_") else f"CAP_{name.upper()}" for name in names or ())
    return [name.replace("CAP_ALL", "ALL") for name in full]


def _networks(found: Part) -> list[Any]:
    """The one that it was made in comes first."""
    joined = read_endpoints(reading.memberships(found), "", found["Id"], {})
    mode, mac = found["HostConfig"].get("NetworkMode"), found["Config"].get("MacAddress") or None
    first = [each.model_copy(update={"mac": each.mac or mac}) for each in joined if each.network == mode]
    return [*first, *(each for each in joined if each.network != mode)]


def _network_unsaid(found: Part) -> list[str]:
    unsaid = []
    joined = (found.get("NetworkSettings") or {}).get("Networks") or {}
    told = {each for one in _networks(found) for each in one.aliases}
    if "bridge" in joined and len(joined) > 1:
        unsaid.append("Networks: Docker's own bridge, besides others")
    for name, settings in joined.items():
        odd = [each for each in (settings or {}).get("Aliases") or () if each not in told and each != found["Id"][:12]]
        unsaid += [f"Networks: the alias {each} in {name}" for each in odd]
        if links := (settings or {}).get("Links"):
            unsaid.append(f"Networks: Links {links} in {name}")
    if found["Config"].get("MacAddress") and not any(each.mac for each in _networks(found)):
        unsaid.append(f"MacAddress: {found['Config']['MacAddress']}")
    return unsaid


def _by_name(mode: str | None, names: Mapping[str, str]) -> str | None:
    if mode is None or not mode.startswith(_CONTAINER):
        return mode
    id = mode.removeprefix(_CONTAINER)
    return f"{_CONTAINER}{names.get(id, id)}"


def _leave_out(values: dict[str, Any], location: tuple[int | str, ...]) -> str:
    """Take the smallest part that can go, on the way to ``location``, out of ``values``; returns what it was."""
    path: list[int | str] = []
    best: tuple[Any, int | str, tuple[int | str, ...], Any] | None = None
    here: Any = values
    for part in location:
        if not isinstance(here, list) and not (isinstance(here, dict) and part in here):
            break
        path.append(part)
        holder: Any = here
        here = holder[part]
        is_field = len(path) == 1 or (len(path) == 2 and path[0] == "docker")
        if is_field or isinstance(holder, list) or path[-2] in _MAPS:
            best = (holder, part, tuple(path), here)
        if path[-1] in _WHOLE:
            break
    assert best is not None, "a field that is not there can't be wrong"
    holder, part, where, value = best
    del holder[part]
    return f"{'.'.join(map(str, where))}: {value}"
