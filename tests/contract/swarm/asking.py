"""Questions to the manager, and what is in its swarm."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.contract.docker.census import kept
from tests.docker_lab import DockerLab
from tests.programs import Item
from tests.waiting import until


def service(lab: DockerLab, name: str) -> dict[str, Any]:
    """The service of the resource ``name``; empty where there is none."""
    for each in lab.api.services(filters={"label": "virtwright.urn"}):
        labels = each["Spec"]["Labels"]
        if labels["virtwright.urn"].endswith(f"::{name}") and labels["virtwright.name"] == each["Spec"]["Name"]:
            return dict(each)
    return {}


def running(lab: DockerLab, name: str) -> list[dict[str, Any]]:
    """The tasks of the service that run and are to go on."""
    id = service(lab, name).get("ID")
    tasks = lab.api.tasks(filters={"service": id}) if id else ()
    return [each for each in tasks if each["DesiredState"] == "running" and each["Status"]["State"] == "running"]


def inside(lab: DockerLab, name: str, *command: str) -> str:
    """What a command in the service's one copy writes."""
    (task,) = running(lab, name)
    return lab.execute(task["Status"]["ContainerStatus"]["ContainerID"], *command)


def update(lab: DockerLab, name: str, **changes: Any) -> None:
    """What ``docker service update`` does; ``changes`` are parts of the specification."""
    found, api = service(lab, name), lab.api
    url = api._url("/services/{0}/update", found["ID"])
    spec = {**found["Spec"], **changes}
    api._raise_for_status(api._post_json(url, data=spec, params={"version": found["Version"]["Index"]}))


def census(lab: DockerLab) -> Counter[str]:
    """When the swarm has stopped the copies that it is done with."""
    until("copies that are not wanted end", lambda: not any(map(_ending, lab.api.tasks())))
    return Counter(_objects(lab))


def _ending(task: dict[str, Any]) -> bool:
    state = task["Status"]["State"]
    return task["DesiredState"] in ("shutdown", "remove") and state in ("ready", "starting", "running")


def _objects(lab: DockerLab) -> Iterator[str]:
    api = lab.api
    for _ in api.services():
        yield "service"
    for _ in api.containers():
        yield "container"
    yield from kept(lab)
    for _ in api.secrets():
        yield "secret"
    for _ in api.configs():
        yield "config"


def expected(items: Sequence[Item]) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in items:
        found[item.kind.lower()] += 1
        if item.kind == "Service":
            found["container"] += item.inputs.get("replicas", 1)
            found["secret"] += sum(bool(file.get("in_memory")) for file in item.inputs.get("files", ()))
    return +found
