"""Objects that somebody else makes on a private engine, through the API alone."""

from collections.abc import Mapping
from typing import Any, Final

from tests.docker_lab import BUSYBOX, DockerLab

SLEEP: Final = ["sleep", "1000"]
MIB: Final = 1024**2
QUIET: Final = {"StopTimeout": 0}


def create(lab: DockerLab, name: str, body: Mapping[str, Any], *, start: bool = True) -> str:
    """``docker run -d``: what the API takes; returns the id."""
    api = lab.api
    whole = {"Image": BUSYBOX, "Cmd": SLEEP, **QUIET, **body}
    made = api._result(api._post_json(api._url("/containers/create"), data=whole, params={"name": name}), json=True)
    if start:
        api.start(made["Id"])
    return str(made["Id"])


def host(**settings: Any) -> dict[str, Any]:
    """No network, and no restarts, unless ``settings`` say otherwise."""
    return {"HostConfig": {"NetworkMode": "none", **settings}}


def started(lab: DockerLab) -> dict[str, str]:
    """When each container was started, by id: who is taken over is neither made anew nor started again."""
    return {each["Id"]: lab.api.inspect_container(each["Id"])["State"]["StartedAt"] for each in lab.api.containers()}
